import { trackOf, type FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { picturesOf, type Picture } from '../../capture/lifecycle/clip-pictures.ts';
import { namedTracks } from '../../clips/track-names.ts';

/** What a plan needs to know of a clip. */
export interface ClipFacts {
  durationSeconds: number;
  width: number;
  height: number;
  sizeBytes: number;
  /** The rate at which pictures come while something moves. It is never higher than the highest that is exported. */
  framesPerSecond: number;
  soundBytes: number;
  hasSound: boolean;
  isAac: boolean;
  /** So many tracks are kept apart with the clip: the share's sound, and voices. */
  separateTracks: number;
  /** All pictures have the clip's size. */
  isOneSize: boolean;
  /** Every player shows the file as it is: H.264 of one size, nothing hidden, and AAC where there is sound. */
  isPlain: boolean;
}

/** A track of a clip's file of separate tracks. */
export interface SeparateTrack {
  /** It is the file's track of this number, from 0. */
  index: number;
  /** People see this name. */
  name: string;
}

/** Returns the separate tracks that an export may have, in their order. @param names see `namesOfTracks` */
export function separateTracks(
  movie: readonly FileTrack[],
  names: ReadonlyMap<string, string>,
): SeparateTrack[] {
  const tracks = movie.map(({ name = '' }, index) => ({ name, index }));
  return namedTracks(tracks, names);
}

/** Exports have one of these rates unless an editor wants another. */
const RATES = [5, 10, 12, 15, 20, 24, 25, 30, 48, 50, 60];
/** Pictures come a little earlier or later than their rate says. */
const JITTER = 0.95;

/** Reads what plans need to know of a clip from the tracks of its file. */
export function clipFacts(
  movie: readonly FileTrack[],
  clip: { durationMs: number; sizeBytes: number; separateTracks: number },
): ClipFacts {
  const video = trackOf(movie, 'video');
  const sound = movie.find(({ kind }) => kind === 'audio');
  const pictures = picturesOf(video);
  const isAac = sound?.codec === 'mp4a';
  const isOneSize = new Set(video.samples.map(({ sampleEntry }) => sampleEntry)).size === 1;
  return {
    durationSeconds: clip.durationMs / 1000,
    width: video.width,
    height: video.height,
    sizeBytes: clip.sizeBytes,
    framesPerSecond: movingRate(pictures),
    soundBytes: sound?.samples.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) ?? 0,
    hasSound: sound !== undefined && sound.samples.length > 0,
    isAac,
    separateTracks: clip.separateTracks,
    isOneSize,
    isPlain:
      video.codec === 'avc1' &&
      (sound === undefined || isAac) &&
      isOneSize &&
      pictures.every(({ atSeconds }) => atSeconds >= 0),
  };
}

/**
 * Returns the rate at which pictures come while something moves: that of the median distance between two, because a screen
 * on which nothing moves has few pictures, which say nothing about it.
 */
function movingRate(pictures: readonly Picture[]): number {
  const shown = pictures.filter(({ atSeconds }) => atSeconds >= 0);
  const distances = shown
    .slice(1)
    .map(({ atSeconds }, index) => atSeconds - (shown[index]?.atSeconds ?? 0))
    .toSorted((a, b) => a - b);
  const median = distances[Math.floor(distances.length / 2)] ?? 1;
  return RATES.find((rate) => rate >= JITTER / median) ?? 60;
}
