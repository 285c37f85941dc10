import type { ClipDto } from '@hindsight/shared/clips/clip';
import { clipFailure } from '../../../domain/clip/clip-progress.ts';
import { formatClipLength } from '../../../format/format-length.ts';
import type { CaptureToast } from '../session/replay.slice.ts';

export interface CaptureNotice {
  kind: 'saved' | 'failed';
  title: string;
  body: string;
  /** A click on the notice leads there; null stays on the page. */
  path: string | null;
}

/** Says how a press ended, for people who don't see its toast; null while that is open. */
export function captureNotice(
  { outcome }: Pick<CaptureToast, 'outcome'>,
  clip: ClipDto | undefined,
): CaptureNotice | null {
  if (outcome.kind === 'refused') {
    const { text, remedy } = outcome.error;
    return { kind: 'failed', title: 'No clip was saved', body: `${text} ${remedy}`, path: null };
  }
  if (outcome.kind !== 'accepted' || clip === undefined) return null;
  const path = `/clips/${clip.id}`;
  if (clip.status === 'READY') {
    const title = `Saved, ${formatClipLength(clip.durationMs)}`;
    return { kind: 'saved', title, body: `${clip.title}\nClick to watch it.`, path };
  }
  if (clip.status !== 'FAILED') return null;
  const { text, remedy } = clipFailure(clip);
  return { kind: 'failed', title: 'The clip could not be made', body: `${text} ${remedy}`, path };
}
