import type { ClipLayout } from './clip-layout.ts';
import type { FileTrack } from './movie-tracks.ts';
import { layOutTracks } from './track-layout.ts';

/**
 * Lays out a movie with other sound: its pictures stay as they are, where they are. The sound was encoded with so much
 * silence in front as the movie hides of its pictures (`hiddenSeconds`).
 * @throws RangeError when there is no picture or no sound
 */
export function exchangeSound(movie: readonly FileTrack[], encoded: readonly FileTrack[]): ClipLayout {
  return layOutTracks(trackOf(movie, 'video'), hideLeadIn(trackOf(encoded, 'audio'), hiddenSeconds(movie)));
}

/** How much of a movie's beginning is not presented, in a player that knows edit lists. */
export function hiddenSeconds(movie: readonly FileTrack[]): number {
  const { presentedFrom, timescale } = trackOf(movie, 'video');
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

export function trackOf(movie: readonly FileTrack[], kind: FileTrack['kind']): FileTrack {
  const track = movie.find((one) => one.kind === kind);
  if (track === undefined) throw new RangeError(`a movie without ${kind}`);
  return track;
}
