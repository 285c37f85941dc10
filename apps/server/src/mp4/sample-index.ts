import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import {
  parseSegmentIndex,
  SEGMENT_END_BYTES,
  segmentIndexBytes,
  type IndexedFragment,
} from '@hindsight/recorder/segment-index';
import { KiB } from '@hindsight/shared/units';
import { boxAt, childBoxes, findBox, type Box } from '../buffer/mp4-boxes.ts';
import { required } from './sample-tables.ts';

/** What a sample is when its run doesn't say so (ISO/IEC 14496-12, 8.8.3). */
interface SampleDefaults {
  duration: number;
  sizeBytes: number;
  flags: number;
}

/** A track as an init segment declares it. */
export interface MediaTrack {
  id: number;
  kind: 'video' | 'audio';
  /** Ticks a second of all its times. */
  timescale: number;
  /** Four-character code of the sample entry: avc1, Opus, vp09, … */
  codec: string;
  /** The sample entry box itself, whole. */
  sampleEntry: Buffer;
  /** Pixels; 0 for audio. */
  width: number;
  height: number;
  defaults: SampleDefaults;
}

/** Samples of one track that lie next to each other in a file. All arrays have one entry a sample. */
export interface SampleRun {
  track: MediaTrack;
  path: string;
  /** Of the first sample's first byte in the file. */
  offset: number;
  /** Of the first sample, ticks on the session's media timeline. */
  decodeTime: number;
  durations: Uint32Array;
  sizes: Uint32Array;
  /** Presentation minus decode time. */
  compositionOffsets: Int32Array;
  isKey: Uint8Array;
}

/** What is in a segment, in the order of the file, from its moof boxes alone. */
export interface SegmentIndex {
  runs: readonly SampleRun[];
}

/** Where the samples of one kind begin and end in a segment, in seconds on the session's media timeline. */
export interface TrackSpan {
  startSeconds: number;
  endSeconds: number;
  sampleCount: number;
}

/** A segment or init segment that isn't what it should be. */
export class BrokenSegmentError extends Error {
  constructor(path: string, what: string) {
    super(`${path}: ${what}`);
    this.name = 'BrokenSegmentError';
  }
}

/** @throws BrokenSegmentError, or the file system's error when it is gone */
export async function readInitTracks(path: string): Promise<MediaTrack[]> {
  return parseInitTracks(await readFile(path), path);
}

/** @throws BrokenSegmentError */
export function parseInitTracks(buffer: Buffer, path: string): MediaTrack[] {
  try {
    const moov = findBox(buffer, { body: 0, end: buffer.length }, 'moov');
    if (moov === undefined) throw new BrokenSegmentError(path, 'no moov');
    const defaults = trackDefaults(buffer, moov);
    const tracks = childBoxes(buffer, moov)
      .filter((box) => box.type === 'trak')
      .flatMap((trak) => parseTrack(buffer, trak, defaults) ?? []);
    if (tracks.length === 0) throw new BrokenSegmentError(path, 'no track');
    return tracks;
  } catch (error) {
    if (error instanceof RangeError) throw new BrokenSegmentError(path, error.message);
    throw error;
  }
}

const NO_DEFAULTS: SampleDefaults = { duration: 0, sizeBytes: 0, flags: 0 };

function parseTrack(
  buffer: Buffer,
  trak: Box,
  defaults: ReadonlyMap<number, SampleDefaults>,
): MediaTrack | null {
  const tkhd = findBox(buffer, trak, 'tkhd');
  const mdhd = findBox(buffer, trak, 'mdia', 'mdhd');
  const hdlr = findBox(buffer, trak, 'mdia', 'hdlr');
  const stsd = findBox(buffer, trak, 'mdia', 'minf', 'stbl', 'stsd');
  if (tkhd === undefined || mdhd === undefined || hdlr === undefined || stsd === undefined) return null;
  const handler = buffer.toString('latin1', hdlr.body + 8, hdlr.body + 12);
  if (handler !== 'vide' && handler !== 'soun') return null;
  // Version 1 has 64-bit times in front of these fields.
  const id = buffer.readUInt32BE(tkhd.body + (buffer[tkhd.body] === 1 ? 20 : 12));
  const timescale = buffer.readUInt32BE(mdhd.body + (buffer[mdhd.body] === 1 ? 20 : 12));
  const entry = boxAt(buffer, stsd.body + 8);
  if (timescale === 0 || entry === null || entry.end > stsd.end) return null;
  return {
    id,
    kind: handler === 'vide' ? 'video' : 'audio',
    timescale,
    codec: entry.type,
    sampleEntry: Buffer.from(buffer.subarray(entry.start, entry.end)),
    // 16.16 fixed point, at the end of the box.
    width: buffer.readUInt16BE(tkhd.end - 8),
    height: buffer.readUInt16BE(tkhd.end - 4),
    defaults: defaults.get(id) ?? NO_DEFAULTS,
  };
}

/** Per track, from the trex boxes. */
function trackDefaults(buffer: Buffer, moov: Box): Map<number, SampleDefaults> {
  const mvex = findBox(buffer, moov, 'mvex');
  const trex = mvex === undefined ? [] : childBoxes(buffer, mvex).filter((box) => box.type === 'trex');
  return new Map(
    trex.map(({ body }) => [
      buffer.readUInt32BE(body + 4),
      {
        duration: buffer.readUInt32BE(body + 12),
        sizeBytes: buffer.readUInt32BE(body + 16),
        flags: buffer.readUInt32BE(body + 20),
      },
    ]),
  );
}

/** A fragment of a second has a moof of some 2 KB, so one read a fragment finds moof and the header of its mdat. */
const READ_BYTES = 8 * KiB;

/**
 * Reads where each sample of a segment lies and when it is shown, without touching the media themselves: from the index at
 * its end, or, when it is still open or has none, from fragment to fragment. Synchronously: to wait for each of so few and
 * small reads takes longer than to do it. Many of them are for a thread of their own.
 * @throws BrokenSegmentError when the file is shorter than `sizeBytes`, cut inside a box, or has no picture
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
    // What a moof says of itself may be cut or nonsense: reading behind the buffer ends here.
    if (error instanceof RangeError) throw new BrokenSegmentError(path, error.message);
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Null when the file doesn't end with an index. */
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

/** What a segment has of one kind; null when there is nothing of it. */
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

interface FragmentPlace {
  path: string;
  /** Of the moof in the file: where data offsets count from. */
  at: number;
  tracks: readonly MediaTrack[];
}

function parseFragment(buffer: Buffer, moof: Box, { path, at, tracks }: FragmentPlace): SampleRun[] {
  return childBoxes(buffer, moof)
    .filter((box) => box.type === 'traf')
    .flatMap((traf) => {
      const tfhd = findBox(buffer, traf, 'tfhd');
      const tfdt = findBox(buffer, traf, 'tfdt');
      const track = tracks.find(({ id }) => tfhd !== undefined && buffer.readUInt32BE(tfhd.body + 4) === id);
      if (tfhd === undefined || tfdt === undefined || track === undefined) return [];
      const header = parseFragmentHeader(buffer, tfhd, track.defaults);
      let decodeTime =
        buffer[tfdt.body] === 1
          ? Number(buffer.readBigUInt64BE(tfdt.body + 4))
          : buffer.readUInt32BE(tfdt.body + 4);
      let next: number | null = null;
      const runs: SampleRun[] = [];
      for (const trun of childBoxes(buffer, traf).filter((box) => box.type === 'trun')) {
        const base = header.baseOffset ?? at;
        const run = parseRun(buffer, trun, {
          track,
          path,
          base,
          next,
          decodeTime,
          defaults: header.defaults,
        });
        if (run.sizes.length === 0) continue;
        runs.push(run);
        next = runEnd(run);
        decodeTime += sum(run.durations);
      }
      return runs;
    });
}

/** tfhd (ISO/IEC 14496-12, 8.8.7): optional fields in the order of their flags. */
function parseFragmentHeader(
  buffer: Buffer,
  tfhd: Box,
  trackDefault: SampleDefaults,
): { baseOffset: number | null; defaults: SampleDefaults } {
  const flags = buffer.readUInt32BE(tfhd.body) & 0xff_ff_ff;
  let at = tfhd.body + 8;
  const take = (flag: number, bytes: number): number | null => {
    if ((flags & flag) === 0) return null;
    at += bytes;
    return bytes === 8 ? Number(buffer.readBigUInt64BE(at - 8)) : buffer.readUInt32BE(at - 4);
  };
  const baseOffset = take(0x01, 8);
  take(0x02, 4);
  return {
    baseOffset,
    defaults: {
      duration: take(0x08, 4) ?? trackDefault.duration,
      sizeBytes: take(0x10, 4) ?? trackDefault.sizeBytes,
      flags: take(0x20, 4) ?? trackDefault.flags,
    },
  };
}

const DEPENDS_ON_OTHERS = 0x1_00_00;

/** trun (ISO/IEC 14496-12, 8.8.8). */
function parseRun(
  buffer: Buffer,
  trun: Box,
  {
    track,
    path,
    base,
    next,
    decodeTime,
    defaults,
  }: {
    track: MediaTrack;
    path: string;
    base: number;
    /** Where the run before this one ended; a run that says nothing else begins there. */
    next: number | null;
    decodeTime: number;
    defaults: SampleDefaults;
  },
): SampleRun {
  const flags = buffer.readUInt32BE(trun.body) & 0xff_ff_ff;
  const count = buffer.readUInt32BE(trun.body + 4);
  let at = trun.body + 8;
  let offset = next ?? base;
  if ((flags & 0x01) !== 0) {
    offset = base + buffer.readInt32BE(at);
    at += 4;
  }
  let firstFlags: number | null = null;
  if ((flags & 0x04) !== 0) {
    firstFlags = buffer.readUInt32BE(at);
    at += 4;
  }
  const stride = 4 * [0x1_00, 0x2_00, 0x4_00, 0x8_00].filter((flag) => (flags & flag) !== 0).length;
  if (at + count * stride > trun.end || (stride === 0 && count > MAX_UNLISTED_SAMPLES))
    throw new RangeError('trun is longer than its box');
  const run: SampleRun = {
    track,
    path,
    offset,
    decodeTime,
    durations: new Uint32Array(count).fill(defaults.duration),
    sizes: new Uint32Array(count).fill(defaults.sizeBytes),
    compositionOffsets: new Int32Array(count),
    isKey: new Uint8Array(count),
  };
  for (let i = 0; i < count; i++) {
    let sampleFlags = i === 0 ? (firstFlags ?? defaults.flags) : defaults.flags;
    if ((flags & 0x1_00) !== 0) {
      run.durations[i] = buffer.readUInt32BE(at);
      at += 4;
    }
    if ((flags & 0x2_00) !== 0) {
      run.sizes[i] = buffer.readUInt32BE(at);
      at += 4;
    }
    if ((flags & 0x4_00) !== 0) {
      sampleFlags = buffer.readUInt32BE(at);
      at += 4;
    }
    if ((flags & 0x8_00) !== 0) {
      run.compositionOffsets[i] = buffer.readInt32BE(at);
      at += 4;
    }
    run.isKey[i] = (sampleFlags & DEPENDS_ON_OTHERS) === 0 ? 1 : 0;
  }
  return run;
}

/** A run may have no entries, only a count: no fragment of ours comes near this. */
const MAX_UNLISTED_SAMPLES = 100_000;

function runEnd(run: SampleRun): number {
  return run.offset + sum(run.sizes);
}

function sum(values: Uint32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
