import type { ClipLayout } from './clip-layout.ts';
import type { FileTrack } from '../tables/movie-tracks.ts';
import { layOutTracks } from './track-layout.ts';

/**
 * Lays out a video with other sound, or none: its pictures stay as they are, where they are. The sound was encoded with so
 * much silence in front as is hidden of the pictures (`hiddenSeconds`).
 */
export function exchangeSound(video: FileTrack, encoded: readonly FileTrack[]): ClipLayout {
  const sound = encoded.find(({ kind }) => kind === 'audio');
  return layOutTracks(video, sound === undefined ? null : hideLeadIn(sound, hiddenSeconds(video)));
}

/** How much of a video's beginning is not presented, in a player that knows edit lists. */
export function hiddenSeconds({ presentedFrom, timescale }: FileTrack): number {
  return presentedFrom / timescale;
}

/**
 * Lets sound begin where its first sample is heard: an encoder puts a packet in front that is none of it. Where something is
 * hidden anyhow, that packet is left out, so that players that know no edit lists have sound and pictures in time too.
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
