import type { PresentedError } from '../../../api/present-error.ts';

/** A remedy is what a button beside an error can do about it. */
export type Remedy = 'manage-clips' | 'stop-other' | 'try-again' | 'share-again';

const REMEDIES: Partial<Record<PresentedError['code'], Remedy>> = {
  QUOTA_EXCEEDED: 'manage-clips',
  ALREADY_ACTIVE: 'stop-other',
  COMMUNITY_LIMIT_REACHED: 'try-again',
  NOT_SHARING: 'share-again',
  TRACKS_NOT_YOURS: 'share-again',
  RECORDER_UNAVAILABLE: 'try-again',
  RECORDER_BUSY: 'try-again',
  LIVEKIT_UNAVAILABLE: 'try-again',
  DATABASE_UNAVAILABLE: 'try-again',
  DISK_LOW: 'try-again',
  TOO_MANY_CAPTURES: 'try-again',
  RATE_LIMITED: 'try-again',
  UNREACHABLE: 'try-again',
  INTERNAL: 'try-again',
};

export const REMEDY_LABELS: Record<Remedy, string> = {
  'manage-clips': 'Manage clips',
  'stop-other': 'Stop it and start here',
  'try-again': 'Try again',
  'share-again': 'Share again',
};

/**
 * Returns the one thing that a press can do about an error. Returns null when only people can do something (a
 * permission, a setting).
 */
export function remedyOf(error: PresentedError): Remedy | null {
  return REMEDIES[error.code] ?? null;
}
