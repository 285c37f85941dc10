import type { ClipVoice, ReplayClip } from '@hindsight/db/client';

/** Says whether a clip is made from the buffer: it is neither cut out of another clip nor joined from others. */
export function isFromBuffer({
  trimFromMs,
  joinOfIds,
}: Pick<ReplayClip, 'trimFromMs' | 'joinOfIds'>): boolean {
  return trimFromMs === null && joinOfIds.length === 0;
}

/** Says whether somebody has taken their voice out of one of these clips since a moment. */
export function hasLostVoice(
  clips: readonly { voices: readonly Pick<ClipVoice, 'takenOutAt'>[] }[],
  since: Date,
): boolean {
  return clips.some(({ voices }) =>
    voices.some(({ takenOutAt }) => takenOutAt !== null && takenOutAt >= since),
  );
}
