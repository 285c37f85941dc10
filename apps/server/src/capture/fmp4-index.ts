import { open, readFile, type FileHandle } from 'node:fs/promises';
import { boxAt, childBoxes, findBox, type Box } from '../buffer/mp4-boxes.ts';

/** A track as an init segment declares it. */
export interface InitTrack {
  id: number;
  kind: 'video' | 'audio';
  timescale: number;
  /** Four-character code of the sample entry: avc1, Opus, vp09, … */
  sampleEntry: string;
  defaultSampleDuration: number;
  /** Pixels; 0 for audio. */
  width: number;
  height: number;
}

/** What of one track is in a segment. Times are seconds on the session's media timeline. */
export interface TrackSpan {
  startSeconds: number;
  endSeconds: number;
  sampleCount: number;
}

/** What is in a segment, from its moof boxes alone. Absent: nothing of that kind. */
export interface SegmentIndex {
  video?: TrackSpan;
  audio?: TrackSpan;
}

/** A segment or init segment that isn't what it should be. */
export class BrokenSegmentError extends Error {
  constructor(path: string, what: string) {
    super(`${path}: ${what}`);
    this.name = 'BrokenSegmentError';
  }
}

/** @throws BrokenSegmentError, or the file system's error when it is gone */
export async function readInitTracks(path: string): Promise<InitTrack[]> {
  const buffer = await readFile(path);
  const moov = findBox(buffer, { body: 0, end: buffer.length }, 'moov');
  if (moov === undefined) throw new BrokenSegmentError(path, 'no moov');
  const durations = defaultDurations(buffer, moov);
  const tracks = childBoxes(buffer, moov)
    .filter((box) => box.type === 'trak')
    .flatMap((trak) => parseTrack(buffer, trak, durations) ?? []);
  if (tracks.length === 0) throw new BrokenSegmentError(path, 'no track');
  return tracks;
}

function parseTrack(buffer: Buffer, trak: Box, durations: ReadonlyMap<number, number>): InitTrack | null {
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
  const sampleEntry = boxAt(buffer, stsd.body + 8)?.type;
  if (timescale === 0 || sampleEntry === undefined) return null;
  const kind = handler === 'vide' ? 'video' : 'audio';
  return {
    id,
    kind,
    timescale,
    sampleEntry,
    defaultSampleDuration: durations.get(id) ?? 0,
    // 16.16 fixed point, at the end of the box.
    width: buffer.readUInt16BE(tkhd.end - 8),
    height: buffer.readUInt16BE(tkhd.end - 4),
  };
}

/** Per track, from the trex boxes. */
function defaultDurations(buffer: Buffer, moov: Box): Map<number, number> {
  const mvex = findBox(buffer, moov, 'mvex');
  const trex = mvex === undefined ? [] : childBoxes(buffer, mvex).filter((box) => box.type === 'trex');
  return new Map(trex.map(({ body }) => [buffer.readUInt32BE(body + 4), buffer.readUInt32BE(body + 12)]));
}

/** A fragment of a second has a moof of some 2 KB, so one read a fragment finds moof and the header of its mdat. */
const READ_BYTES = 8 * 1024;

/**
 * Reads where a segment's media start and end and how many samples it has, without touching the media themselves.
 * @throws BrokenSegmentError when the file is shorter than `sizeBytes`, cut inside a box, or has no media
 */
export async function indexSegment(
  path: string,
  sizeBytes: number,
  tracks: readonly InitTrack[],
): Promise<SegmentIndex> {
  const file = await open(path);
  try {
    const index: SegmentIndex = {};
    let position = 0;
    let window = await readAt(file, 0, Math.min(READ_BYTES, sizeBytes));
    let windowStart = 0;
    while (position < sizeBytes) {
      let box = boxAt(window, position - windowStart);
      const isMoofBeyondWindow = box?.type === 'moof' && box.end > window.length;
      if (box === null || isMoofBeyondWindow) {
        const wanted = Math.max(READ_BYTES, box === null ? 0 : box.end - box.start);
        window = await readAt(file, position, Math.min(wanted, sizeBytes - position));
        windowStart = position;
        box = boxAt(window, 0);
      }
      if (box === null) throw new BrokenSegmentError(path, `no box at ${position}`);
      position = windowStart + box.end;
      if (position > sizeBytes) throw new BrokenSegmentError(path, `cut inside ${box.type}`);
      if (box.type === 'moof') addFragment(index, window, box, tracks);
    }
    const { size } = await file.stat();
    if (size < sizeBytes) throw new BrokenSegmentError(path, `${size} of ${sizeBytes} bytes`);
    if (index.video === undefined) throw new BrokenSegmentError(path, 'no video');
    return index;
  } catch (error) {
    // What a moof says of itself may be cut or nonsense: reading behind the buffer ends here.
    if (error instanceof RangeError) throw new BrokenSegmentError(path, error.message);
    throw error;
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function addFragment(index: SegmentIndex, buffer: Buffer, moof: Box, tracks: readonly InitTrack[]): void {
  for (const traf of childBoxes(buffer, moof).filter((box) => box.type === 'traf')) {
    const tfhd = findBox(buffer, traf, 'tfhd');
    const tfdt = findBox(buffer, traf, 'tfdt');
    const track = tracks.find(({ id }) => tfhd !== undefined && buffer.readUInt32BE(tfhd.body + 4) === id);
    if (tfhd === undefined || tfdt === undefined || track === undefined) continue;
    const defaultDuration = fragmentDefaultDuration(buffer, tfhd) ?? track.defaultSampleDuration;
    let sampleCount = 0;
    let duration = 0;
    for (const trun of childBoxes(buffer, traf).filter((box) => box.type === 'trun')) {
      const run = measureRun(buffer, trun, defaultDuration);
      sampleCount += run.sampleCount;
      duration += run.duration;
    }
    if (sampleCount === 0) continue;
    const start =
      buffer[tfdt.body] === 1
        ? Number(buffer.readBigUInt64BE(tfdt.body + 4))
        : buffer.readUInt32BE(tfdt.body + 4);
    const before = index[track.kind];
    index[track.kind] = {
      startSeconds: before?.startSeconds ?? start / track.timescale,
      endSeconds: (start + duration) / track.timescale,
      sampleCount: (before?.sampleCount ?? 0) + sampleCount,
    };
  }
}

/** tfhd (ISO/IEC 14496-12, 8.8.7): optional fields in the order of their flags. */
function fragmentDefaultDuration(buffer: Buffer, tfhd: Box): number | undefined {
  const flags = buffer.readUInt32BE(tfhd.body) & 0xff_ff_ff;
  if ((flags & 0x08) === 0) return undefined;
  const at = tfhd.body + 8 + ((flags & 0x01) === 0 ? 0 : 8) + ((flags & 0x02) === 0 ? 0 : 4);
  return buffer.readUInt32BE(at);
}

/** trun (ISO/IEC 14496-12, 8.8.8). */
function measureRun(
  buffer: Buffer,
  trun: Box,
  defaultDuration: number,
): { sampleCount: number; duration: number } {
  const flags = buffer.readUInt32BE(trun.body) & 0xff_ff_ff;
  const sampleCount = buffer.readUInt32BE(trun.body + 4);
  if ((flags & 0x1_00) === 0) return { sampleCount, duration: sampleCount * defaultDuration };
  const first = trun.body + 8 + ((flags & 0x01) === 0 ? 0 : 4) + ((flags & 0x04) === 0 ? 0 : 4);
  const stride = 4 * [0x1_00, 0x2_00, 0x4_00, 0x8_00].filter((flag) => (flags & flag) !== 0).length;
  if (first + sampleCount * stride > trun.end) throw new RangeError('trun is longer than its box');
  let duration = 0;
  for (let at = first; at < first + sampleCount * stride; at += stride) duration += buffer.readUInt32BE(at);
  return { sampleCount, duration };
}
