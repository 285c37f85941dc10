import type { ClipLayout } from '@hindsight/mp4/layout/clip-layout';
import { layOutTracks } from '@hindsight/mp4/layout/track-layout';
import { cutVideo, planExactStart } from '@hindsight/mp4/layout/exact-cut';
import { heardFromTheStart } from '@hindsight/mp4/layout/exact-movie';
import { parseMovieTracks, trackOf, type FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import type { StoredMovie } from '../../clips/stored-moov.ts';
import { namedTracks } from '../../clips/track-names.ts';
import { asBuffer } from '../../thread-buffers.ts';

/** The first pictures of a clip, which are encoded anew: where they lie, and the index of the MP4 that they are. */
interface EncodedHead {
  path: string;
  moov: Uint8Array;
}

/** What a download with separate tracks is made of. */
export interface DownloadInput {
  clip: StoredMovie;
  tracks: StoredMovie;
  /** Nothing that an edit list hides in the clip is in the download. `stored` leaves it in. */
  beginning: EncodedHead | 'keyframe' | 'stored';
  mixName: string;
  /** What the tracks are called, by the names that they have in their file. Others are left out. */
  names: ReadonlyMap<string, string>;
  /** The true time of the clip's start, in epoch ms. */
  recordedAtMs: number;
}

/** Lays a clip out with its own sound, and its separate tracks behind that. */
export function downloadLayout({
  clip,
  tracks,
  beginning,
  mixName,
  names,
  recordedAtMs,
}: DownloadInput): Pick<ClipLayout, 'head' | 'parts'> {
  const movie = parseMovieTracks(asBuffer(clip.moov), clip.key);
  const isExact = beginning !== 'stored';
  const sound = trackOf(movie, 'audio');
  const mix = { ...(isExact ? heardFromTheStart(sound) : sound), name: mixName };
  const apart = parseMovieTracks(asBuffer(tracks.moov), tracks.key);
  const named = namedTracks(apart, names);
  const video = trackOf(movie, 'video');
  return layOutTracks(isExact ? exactVideo(video, beginning) : video, [mix, ...named], recordedAtMs);
}

function exactVideo(video: FileTrack, beginning: EncodedHead | 'keyframe'): FileTrack {
  const cut = planExactStart(video);
  if (cut === null) throw new RangeError('nothing is hidden in the clip');
  if (beginning === 'keyframe') return cutVideo(video, cut, null);
  const { path, moov } = beginning;
  return cutVideo(video, cut, trackOf(parseMovieTracks(asBuffer(moov), path), 'video'));
}
