import type { ClipDto } from '@hindsight/shared/clips/clip';
import { APP_ERRORS } from '@hindsight/shared/errors';

/** This tells how far the saving of a clip is, in words and for a bar. */
export interface ClipProgress {
  text: string;
  /** The value goes from 0 to 100; null means that nothing can be measured yet. */
  percent: number | null;
}

const VERBS = { WRITING: 'Saving', ENCODING: 'Converting', UPLOADING: 'Storing' } as const;

/** Tells what a clip that isn't ready is doing. */
export function clipProgress({ phase, progress }: Pick<ClipDto, 'phase' | 'progress'>): ClipProgress {
  if (phase === null || phase === 'WAITING') return { text: 'Waiting for the last seconds', percent: null };
  const percent = Math.round(Math.min(1, Math.max(0, progress ?? 0)) * 100);
  return { text: `${VERBS[phase]} ${percent} %`, percent };
}

/** Tells why a clip failed and what to do about it. */
export function clipFailure({ errorCode, canRetry }: Pick<ClipDto, 'errorCode' | 'canRetry'>): {
  text: string;
  remedy: string;
} {
  const { text, remedy } = APP_ERRORS[errorCode ?? 'INTERNAL'];
  return { text, remedy: canRetry ? remedy : 'Its part of the buffer is gone: delete it and capture again.' };
}
