import { trackOf, type FileTrack } from '../tables/movie-tracks.ts';
import type { ClipLayout } from './clip-layout.ts';
import { cutVideo, type ExactCut } from './exact-cut.ts';
import { layOutTracks } from './track-layout.ts';

/**
 * Returns the part of a video that has to be decoded for the head of a cut: from the keyframe before it to the first picture that is
 * copied. Its pictures are shown at the times at which the whole video shows them.
 */
export function decodedForHead(video: FileTrack, { first, copiedFrom }: ExactCut): FileTrack {
  const keyframe = video.samples.findLastIndex(({ isKey }, index) => index <= first && isKey);
  const begin = Math.max(0, keyframe);
  const from = video.samples[begin]?.decodeTime ?? 0;
  return {
    ...video,
    samples: video.samples
      .slice(begin, copiedFrom)
      .map((sample) => ({ ...sample, decodeTime: sample.decodeTime - from })),
    presentedFrom: video.presentedFrom - from,
    end: (video.samples[copiedFrom]?.decodeTime ?? video.end) - from,
  };
}

/**
 * Lays a movie out once more, so that nothing is in it that an edit list hides: its video is cut exactly, and its sound begins with
 * the packet that is heard at the start.
 * @param head the first pictures as they were encoded anew; null when the cut begins with a keyframe
 * @param recordedAtMs the true time of the start, in epoch ms; null when nobody needs it
 */
export function layOutExactly(
  movie: readonly FileTrack[],
  cut: ExactCut,
  head: FileTrack | null,
  recordedAtMs: number | null = null,
): ClipLayout {
  const sounds = movie.filter(({ kind }) => kind === 'audio').map(heardFromTheStart);
  return layOutTracks(cutVideo(trackOf(movie, 'video'), cut, head), sounds, recordedAtMs);
}

/**
 * Leaves out the packets that only let the decoder settle, because a player that knows no edit lists would play them, late by as
 * much. The sound is moved by half a packet at most.
 */
export function heardFromTheStart(sound: FileTrack): FileTrack {
  const { samples, presentedFrom, end } = sound;
  const distance = (index: number) =>
    Math.abs((samples[index]?.decodeTime ?? Number.POSITIVE_INFINITY) - presentedFrom);
  const before = Math.max(
    0,
    samples.findLastIndex(({ decodeTime }) => decodeTime <= presentedFrom),
  );
  const first = distance(before + 1) < distance(before) ? before + 1 : before;
  const from = samples[first]?.decodeTime ?? 0;
  return {
    ...sound,
    samples: samples.slice(first).map((sample) => ({ ...sample, decodeTime: sample.decodeTime - from })),
    presentedFrom: 0,
    end: end - from,
  };
}
