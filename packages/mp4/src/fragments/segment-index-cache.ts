import { parseInitTracks, type MediaTrack } from './init-tracks.ts';
import { readFileSync, statSync } from 'node:fs';
import { MiB } from '@hindsight/shared/units';
import { LRUCache } from 'lru-cache';
import { indexSegment, type SegmentIndex } from './segment-index.ts';

/** Of what was asked for last: the samples of some forty buffers of ten minutes. */
const MAX_BYTES = 32 * MiB;
/** Of a sample, and of a run besides. */
const SAMPLE_BYTES = 13;
const RUN_BYTES = 600;
const MAX_INITS = 200;

/** What was read of a file when it was as `state` says. */
interface Remembered<T> {
  state: string;
  value: T;
}

interface RememberedSegment extends Remembered<SegmentIndex> {
  /** How much of it was read. */
  sizeBytes: number;
  tracks: MediaTrack[];
}

/** Reads what segments hold, and remembers it as long as their files stay as they are. Synchronous, as `indexSegment`. */
export class SegmentIndexCache {
  private readonly inits = new LRUCache<string, Remembered<MediaTrack[]>>({ max: MAX_INITS });
  private readonly segments = new LRUCache<string, RememberedSegment>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ value }) =>
      value.runs.reduce((sum, { sizes }) => sum + RUN_BYTES + SAMPLE_BYTES * sizes.length, RUN_BYTES),
  });

  /** @throws BrokenSegmentError, or the file system's error when it is gone */
  tracksOf(initPath: string): MediaTrack[] {
    const state = stateOf(initPath);
    const known = this.inits.get(initPath);
    if (known?.state === state) return known.value;
    const value = parseInitTracks(readFileSync(initPath), initPath);
    this.inits.set(initPath, { state, value });
    return value;
  }

  /** Whether a segment has been read so far, whatever has happened to it since. */
  has(path: string, sizeBytes: number): boolean {
    return this.segments.get(path)?.sizeBytes === sizeBytes;
  }

  /**
   * What is in the first `sizeBytes` of a segment, with what `tracksOf` says of its init segment.
   * @throws BrokenSegmentError, or the file system's error when it is gone
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
