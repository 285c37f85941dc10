import { distinctParameterSets, readAvcConfig } from '../boxes/avc-config.ts';
import type { FileSample, FileTrack } from '../tables/movie-tracks.ts';
import { entrySize } from './exact-cut.ts';
import type { Fits } from './one-size.ts';

/**
 * Joins videos that hide nothing and show their pictures in the order in which they are decoded. The joined one has the size of the
 * largest. Sample entries of the same size become one where their parameter sets have different ids or are the same, because some
 * programs read no track that has several entries.
 * @throws RangeError when there is no video
 */
export function joinVideos(videos: readonly FileTrack[]): FileTrack {
  const [first] = videos;
  if (first === undefined) throw new RangeError('no video to join');
  const { timescale } = first;
  const samples: FileSample[] = [];
  let at = 0;
  for (const video of videos) {
    const ticks = (time: number) => Math.round((time * timescale) / video.timescale);
    for (const sample of video.samples)
      samples.push({
        ...sample,
        decodeTime: at + ticks(sample.decodeTime + sample.compositionOffset),
        compositionOffset: 0,
      });
    at += ticks(video.end);
  }
  const largest = videos.reduce((one, other) =>
    other.width * other.height > one.width * one.height ? other : one,
  );
  const { width, height } = largest;
  return { ...first, width, height, presentedFrom: 0, end: at, samples: withJoinedEntries(samples) };
}

/** Those samples fit a joined video whose entry is the one that most samples of its size have. */
export const fitsMostPictures: Fits = (video) => {
  const counts = new Map<string, number>();
  for (const { sampleEntry } of video.samples) {
    const { width, height } = entrySize(sampleEntry);
    const key = sampleEntry.toString('latin1');
    if (width === video.width && height === video.height) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const [most] = [...counts].toSorted(([, one], [, other]) => other - one)[0] ?? [''];
  return ({ sampleEntry }) => sampleEntry.toString('latin1') === most;
};

function withJoinedEntries(samples: readonly FileSample[]): FileSample[] {
  const bySize = new Map<string, Buffer>();
  for (const entry of new Set(samples.map(({ sampleEntry }) => sampleEntry))) {
    const size = sizeKey(entry);
    const joined = bySize.get(size);
    bySize.set(size, joined === undefined ? entry : (distinctParameterSets(joined, entry) ?? joined));
  }
  const replacements = new Map<Buffer, Buffer>();
  return samples.map((sample) => {
    const { sampleEntry } = sample;
    const replacement = replacements.get(sampleEntry) ?? entryFor(sampleEntry, bySize);
    replacements.set(sampleEntry, replacement);
    return { ...sample, sampleEntry: replacement };
  });
}

/** Returns the joined entry of its size if it has all of an entry's parameter sets, else the entry itself. */
function entryFor(entry: Buffer, bySize: ReadonlyMap<string, Buffer>): Buffer {
  const joined = bySize.get(sizeKey(entry));
  const [own, all] = [readAvcConfig(entry), joined === undefined ? null : readAvcConfig(joined)];
  if (joined === undefined || own === null || all === null) return entry;
  const has = (sets: readonly Buffer[], set: Buffer) => sets.some((one) => one.equals(set));
  const isCovered = own.sps.every((set) => has(all.sps, set)) && own.pps.every((set) => has(all.pps, set));
  return isCovered ? joined : entry;
}

function sizeKey(entry: Buffer): string {
  const { width, height } = entrySize(entry);
  return `${width}x${height}`;
}
