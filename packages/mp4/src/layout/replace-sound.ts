import type { ClipLayout } from './clip-layout.ts';
import type { FileTrack } from '../tables/movie-tracks.ts';
import { layOutTracks } from './track-layout.ts';

/**
 * Lays out a video with other sound, or none; its pictures stay where they are in their file. The sound must have been
 * encoded with as much silence in front as the video hides (`hiddenSeconds`).
 * @param recordedAtMs the true time of the start, in epoch ms; null when nobody needs it
 */
export function replaceSound(
  video: FileTrack,
  encoded: readonly FileTrack[],
  recordedAtMs: number | null = null,
): ClipLayout {
  const sound = encoded.find(({ kind }) => kind === 'audio');
  const aligned = sound === undefined ? [] : [hideLeadIn(sound, hiddenSeconds(video))];
  return layOutTracks(video, aligned, recordedAtMs);
}

/** Returns how much of a video's beginning is not presented by a player that knows edit lists. */
export function hiddenSeconds({ presentedFrom, timescale }: FileTrack): number {
  return presentedFrom / timescale;
}

/**
 * Presents encoded sound from its first real sample on: an encoder puts a priming packet in front. Where the video hides a
 * lead-in anyway, that packet is left out, so that players without edit lists keep sound and pictures in sync too.
 */
function hideLeadIn(sound: FileTrack, leadInSeconds: number): FileTrack {
  const priming = sound.presentedFrom;
  const leadIn = Math.round(leadInSeconds * sound.timescale);
  if (leadIn < priming) return { ...sound, presentedFrom: priming + leadIn };
  const samples = sound.samples
    .filter(({ decodeTime }) => decodeTime >= priming)
    .map((sample) => ({ ...sample, decodeTime: sample.decodeTime - priming }));
  return { ...sound, samples, presentedFrom: leadIn, end: sound.end - priming };
}
