import type { ClipDto } from '@hindsight/shared/clip';
import { APP_ERRORS } from '@hindsight/shared/errors';

/** How far the saving of a clip is, in words and for a bar. */
export interface ClipProgress {
  text: string;
  /** 0 to 100; null: nothing to measure yet. */
  percent: number | null;
}

const VERBS = { WRITING: 'Saving', ENCODING: 'Converting', UPLOADING: 'Storing' } as const;

/** What a clip that isn't ready is doing. */
export function clipProgress({ phase, progress }: Pick<ClipDto, 'phase' | 'progress'>): ClipProgress {
  if (phase === null || phase === 'WAITING') return { text: 'Waiting for the last seconds', percent: null };
  const percent = Math.round(Math.min(1, Math.max(0, progress ?? 0)) * 100);
  return { text: `${VERBS[phase]} ${percent} %`, percent };
}

/** Why a clip failed and what to do. */
export function clipFailure({ errorCode, canRetry }: Pick<ClipDto, 'errorCode' | 'canRetry'>): {
  text: string;
  remedy: string;
} {
  const { text, remedy } = APP_ERRORS[errorCode ?? 'INTERNAL'];
  return { text, remedy: canRetry ? remedy : 'Its part of the buffer is gone: delete it and capture again.' };
}
