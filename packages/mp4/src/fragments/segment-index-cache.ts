import { parseInitTracks, type MediaTrack } from './init-tracks.ts';
import { readFileSync, statSync } from 'node:fs';
import { MiB } from '@hindsight/shared/units';
import { LRUCache } from 'lru-cache';
import { indexSegment, type SegmentIndex } from './segment-index.ts';

/** The cache keeps the newest this many bytes: the samples of some forty buffers of ten minutes. */
const MAX_BYTES = 32 * MiB;
/** Estimated memory for each sample, plus a fixed overhead for each run. */
const SAMPLE_BYTES = 13;
const RUN_BYTES = 600;
const MAX_INITS = 200;

/** What was read of a file, valid as long as the file is as `state` says. */
interface Cached<T> {
  state: string;
  value: T;
}

interface CachedSegment extends Cached<SegmentIndex> {
  /** The index covers this many bytes of the segment. */
  sizeBytes: number;
  tracks: MediaTrack[];
}

/**
 * Reads the indexes of segments and keeps them as long as their files don't change. It is synchronous, as `indexSegment` is.
 */
export class SegmentIndexCache {
  private readonly inits = new LRUCache<string, Cached<MediaTrack[]>>({ max: MAX_INITS });
  private readonly segments = new LRUCache<string, CachedSegment>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ value }) =>
      value.runs.reduce((sum, { sizes }) => sum + RUN_BYTES + SAMPLE_BYTES * sizes.length, RUN_BYTES),
  });

  /**
   * Returns the tracks of an init segment.
   * @throws BrokenSegmentError when it is damaged; the file system's error when it is gone
   */
  tracksOf(initPath: string): MediaTrack[] {
    const state = stateOf(initPath);
    const known = this.inits.get(initPath);
    if (known?.state === state) return known.value;
    const value = parseInitTracks(readFileSync(initPath), initPath);
    this.inits.set(initPath, { state, value });
    return value;
  }

  /** Whether the first `sizeBytes` of a segment are in the cache, even if the file has changed since. */
  has(path: string, sizeBytes: number): boolean {
    return this.segments.get(path)?.sizeBytes === sizeBytes;
  }

  /**
   * Returns the index of the first `sizeBytes` of a segment. `tracks` are what `tracksOf` returned for its init segment.
   * @throws BrokenSegmentError when the segment is damaged; the file system's error when it is gone
   */
  indexOf(path: string, sizeBytes: number, tracks: MediaTrack[]): SegmentIndex {
    const state = stateOf(path);
    const known = this.segments.get(path);
    if (known?.state === state && known.sizeBytes === sizeBytes && known.tracks === tracks)
      return known.value;
    const value = indexSegment(path, sizeBytes, tracks);
    this.segments.set(path, { state, sizeBytes, tracks, value });
    return value;
  }
}

function stateOf(path: string): string {
  const { ino, size, mtimeMs } = statSync(path);
  return `${ino} ${size} ${mtimeMs}`;
}
