import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  parseSegmentIndex,
  SEGMENT_END_BYTES,
  segmentIndexBytes,
  type IndexedFragment,
} from './segment-index-box.ts';
import { KiB } from '@hindsight/shared/units';
import { boxAt, required } from '../boxes/box-reader.ts';
import { BrokenSegmentError, type MediaTrack } from './init-tracks.ts';
import { parseFragment, runEnd, sum, type SampleRun } from './movie-fragment.ts';

/** A segment index says where all samples of a segment lie, in the order of the file. It is made from moof boxes alone. */
export interface SegmentIndex {
  runs: readonly SampleRun[];
}

/** A span is the time that the samples of one kind cover in a segment, in seconds on the session's media timeline. */
export interface TrackSpan {
  startSeconds: number;
  endSeconds: number;
  sampleCount: number;
}

/** A fragment of a second has a moof of some 2 KB, so one read for each fragment finds the moof and the header of its mdat. */
const READ_BYTES = 8 * KiB;

/**
 * Reads where each sample of a segment lies and when it is shown, without touching the media: from the index box at the end
 * of the file or, when the segment is still open or has none, from fragment to fragment. It is synchronous because waiting
 * for each of so few and small reads takes longer than doing them; many segments belong into a thread of their own.
 * @throws BrokenSegmentError when the file is shorter than `sizeBytes`, cut off inside a box, or has no picture
 */
export function indexSegment(path: string, sizeBytes: number, tracks: readonly MediaTrack[]): SegmentIndex {
  const file = openSync(path, 'r');
  try {
    const fragments = readIndex(file, sizeBytes) ?? readFragments(file, { path, sizeBytes });
    const runs = fragments.flatMap(({ position, moof }) =>
      parseFragment(moof, required(boxAt(moof, 0) ?? undefined, 'moof'), { path, at: position, tracks }),
    );
    const { size } = fstatSync(file);
    if (size < sizeBytes) throw new BrokenSegmentError(path, `${size} of ${sizeBytes} bytes`);
    if (!runs.some(({ track }) => track.kind === 'video')) throw new BrokenSegmentError(path, 'no video');
    if (runs.some((run) => run.offset < 0 || runEnd(run) > sizeBytes))
      throw new BrokenSegmentError(path, 'samples outside of it');
    return { runs };
  } catch (error) {
    // A moof may be cut off or nonsense: reading past the buffer ends here.
    if (error instanceof RangeError) throw new BrokenSegmentError(path, error.message);
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Reads the index box at the end of the file. Returns null when there is none. */
function readIndex(file: number, sizeBytes: number): IndexedFragment[] | null {
  const end = readEnd(file, sizeBytes, SEGMENT_END_BYTES);
  const indexBytes = segmentIndexBytes(end, sizeBytes);
  if (indexBytes === null) return null;
  return parseSegmentIndex(
    indexBytes <= end.length ? end.subarray(-indexBytes) : readEnd(file, sizeBytes, indexBytes),
  );
}

function readEnd(file: number, sizeBytes: number, wanted: number): Buffer {
  const length = Math.min(wanted, sizeBytes);
  return readAt(file, sizeBytes - length, length);
}

/** Finds the fragments by following the boxes of the segment from its beginning. */
function readFragments(
  file: number,
  { path, sizeBytes }: { path: string; sizeBytes: number },
): IndexedFragment[] {
  const fragments: IndexedFragment[] = [];
  let position = 0;
  let window = readAt(file, 0, Math.min(READ_BYTES, sizeBytes));
  let windowStart = 0;
  while (position < sizeBytes) {
    let box = boxAt(window, position - windowStart);
    const isMoofBeyondWindow = box?.type === 'moof' && box.end > window.length;
    if (box === null || isMoofBeyondWindow) {
      const wanted = Math.max(READ_BYTES, box === null ? 0 : box.end - box.start);
      window = readAt(file, position, Math.min(wanted, sizeBytes - position));
      windowStart = position;
      box = boxAt(window, 0);
    }
    if (box === null) throw new BrokenSegmentError(path, `no box at ${position}`);
    if (windowStart + box.end > sizeBytes) throw new BrokenSegmentError(path, `cut inside ${box.type}`);
    if (box.type === 'moof') fragments.push({ position, moof: window.subarray(box.start, box.end) });
    position = windowStart + box.end;
  }
  return fragments;
}

/** Returns the time that one kind of samples covers; null when the segment has none of them. */
export function trackSpan({ runs }: SegmentIndex, kind: MediaTrack['kind']): TrackSpan | null {
  const ofKind = runs.filter(({ track }) => track.kind === kind);
  const first = ofKind[0];
  const last = ofKind.at(-1);
  if (first === undefined || last === undefined) return null;
  const { timescale } = first.track;
  return {
    startSeconds: first.decodeTime / timescale,
    endSeconds: (last.decodeTime + sum(last.durations)) / timescale,
    sampleCount: ofKind.reduce((count, { sizes }) => count + sizes.length, 0),
  };
}

function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  const bytesRead = readSync(file, buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
