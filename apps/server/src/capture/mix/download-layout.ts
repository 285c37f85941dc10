import type { ClipLayout } from '@hindsight/mp4/layout/clip-layout';
import { layOutTracks } from '@hindsight/mp4/layout/track-layout';
import { parseMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';

/** An object, with the index of the MP4 that it is. */
interface StoredMovie {
  key: string;
  moov: Uint8Array;
}

/** What a download with separate tracks is made of. */
export interface DownloadInput {
  clip: StoredMovie;
  tracks: StoredMovie;
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
  mixName,
  names,
  recordedAtMs,
}: DownloadInput): Pick<ClipLayout, 'head' | 'parts'> {
  const movie = parseMovieTracks(asBuffer(clip.moov), clip.key);
  const mix = { ...trackOf(movie, 'audio'), name: mixName };
  const apart = parseMovieTracks(asBuffer(tracks.moov), tracks.key);
  const named = [...names].flatMap(([key, name]) =>
    apart
      .filter((track) => track.name === key)
      .map((track, index) => ({ ...track, name: index === 0 ? name : `${name} ${index + 1}` })),
  );
  return layOutTracks(trackOf(movie, 'video'), [mix, ...named], recordedAtMs);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
