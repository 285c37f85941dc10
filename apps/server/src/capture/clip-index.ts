import { open } from 'node:fs/promises';
import { buffer as collect } from 'node:stream/consumers';
import { boxAt, childBoxes, findBox, type Box } from '../buffer/mp4-boxes.ts';
import type { StorageKey } from '../storage/storage-key.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';

/** A picture of a clip. */
export interface Picture {
  /** When it is shown, on the file's own presentation clock; below 0 when an edit list hides it. */
  atSeconds: number;
  sizeBytes: number;
  isKeyframe: boolean;
}

/** What a finished clip's index (moov) says of its samples. */
export interface ClipIndex {
  /** In the order in which they are shown. */
  pictures: readonly Picture[];
  /** Null: no sound. */
  audio: { sizeBytes: number; sampleCount: number } | null;
  width: number;
  height: number;
}

/** A file that isn't a plain MP4 with a picture in it. */
export class BrokenClipError extends Error {
  constructor(path: string, what: string) {
    super(`${path}: ${what}`);
    this.name = 'BrokenClipError';
  }
}

/**
 * Reads the sample tables of an MP4 (ISO/IEC 14496-12, 8.6 and 8.7), without touching its media.
 * @throws BrokenClipError, or the file system's error when it is gone
 */
export async function readClipIndex(path: string): Promise<ClipIndex> {
  const file = await open(path);
  try {
    return await readIndex(path, async (position, length) => {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, position);
      return bytes.subarray(0, bytesRead);
    });
  } finally {
    await file.close();
  }
}

/**
 * The same of a stored clip, of which only the index is fetched.
 * @throws BrokenClipError; AppError NOT_FOUND, STORAGE_UNAVAILABLE
 */
export async function readStoredClipIndex(
  storage: Pick<ObjectStorage, 'read'>,
  key: StorageKey,
): Promise<ClipIndex> {
  return readIndex(key, async (position, length) =>
    collect(await storage.read(key, { start: position, end: position + length - 1 })),
  );
}

/** The bytes of a file from a position on; fewer where it ends before. */
type ReadBytes = (position: number, length: number) => Promise<Buffer>;

const HEADER_BYTES = 16;

async function readIndex(name: string, read: ReadBytes): Promise<ClipIndex> {
  try {
    return parseMoov(await readMoov(name, read));
  } catch (error) {
    // Tables may be cut or nonsense: reading behind the buffer ends here.
    if (error instanceof RangeError) throw new BrokenClipError(name, error.message);
    throw error;
  }
}

async function readMoov(name: string, read: ReadBytes): Promise<Buffer> {
  for (let position = 0; ;) {
    const box = boxAt(await read(position, HEADER_BYTES), 0);
    if (box === null) throw new BrokenClipError(name, 'no moov');
    if (box.type === 'moov') return read(position, box.end);
    position += box.end;
  }
}

/** @param buffer one moov box */
export function parseMoov(buffer: Buffer): ClipIndex {
  const moov = required(boxAt(buffer, 0) ?? undefined, 'moov');
  const tracks = childBoxes(buffer, moov).filter((box) => box.type === 'trak');
  const ofKind = (handler: string) =>
    tracks.find((trak) => {
      const hdlr = findBox(buffer, trak, 'mdia', 'hdlr');
      return hdlr !== undefined && buffer.toString('latin1', hdlr.body + 8, hdlr.body + 12) === handler;
    });
  const video = required(ofKind('vide'), 'video track');
  const sound = ofKind('soun');
  const tkhd = required(findBox(buffer, video, 'tkhd'), 'tkhd');
  return {
    pictures: readPictures(buffer, video),
    audio: sound === undefined ? null : readSound(buffer, sound),
    // 16.16 fixed point, at the end of the box.
    width: buffer.readUInt16BE(tkhd.end - 8),
    height: buffer.readUInt16BE(tkhd.end - 4),
  };
}

function readPictures(buffer: Buffer, trak: Box): Picture[] {
  const timescale = timescaleOf(buffer, required(findBox(buffer, trak, 'mdia', 'mdhd'), 'mdhd'));
  const table = (type: string) => findBox(buffer, trak, 'mdia', 'minf', 'stbl', type);
  const sizes = readSizes(buffer, required(table('stsz'), 'stsz'));
  const durations = readRuns(buffer, required(table('stts'), 'stts'));
  const ctts = table('ctts');
  const offsets = ctts === undefined ? null : readRuns(buffer, ctts);
  const stss = table('stss');
  const keyframes = stss === undefined ? null : new Set(readWords(buffer, stss));
  const shift = presentationShift(buffer, findBox(buffer, trak, 'edts', 'elst')) / timescale;
  let decodedAt = 0;
  const pictures = sizes.map((sizeBytes, index): Picture => {
    const atSeconds = (decodedAt + (offsets?.[index] ?? 0)) / timescale;
    decodedAt += durations[index] ?? 0;
    return { atSeconds: atSeconds - shift, sizeBytes, isKeyframe: keyframes?.has(index + 1) ?? true };
  });
  return pictures.toSorted((a, b) => a.atSeconds - b.atSeconds);
}

function readSound(buffer: Buffer, trak: Box): { sizeBytes: number; sampleCount: number } {
  const sizes = readSizes(buffer, required(findBox(buffer, trak, 'mdia', 'minf', 'stbl', 'stsz'), 'stsz'));
  return { sizeBytes: sizes.reduce((sum, size) => sum + size, 0), sampleCount: sizes.length };
}

/** mdhd; version 1 has 64-bit times in front. */
function timescaleOf(buffer: Buffer, box: Box): number {
  const timescale = buffer.readUInt32BE(box.body + (buffer[box.body] === 1 ? 20 : 12));
  if (timescale === 0) throw new RangeError('a timescale of 0');
  return timescale;
}

/**
 * elst (8.6.6): media time that is shown first, in the track's units. An empty edit before it, which delays the track,
 * doesn't occur in our files' video.
 */
function presentationShift(buffer: Buffer, elst: Box | undefined): number {
  if (elst === undefined) return 0;
  const isLong = buffer[elst.body] === 1;
  const count = buffer.readUInt32BE(elst.body + 4);
  for (let entry = 0; entry < count; entry++) {
    const at = elst.body + 8 + entry * (isLong ? 20 : 12);
    const mediaTime = isLong ? Number(buffer.readBigInt64BE(at + 8)) : buffer.readInt32BE(at + 4);
    if (mediaTime >= 0) return mediaTime;
  }
  return 0;
}

/** stsz (8.7.3.2). */
function readSizes(buffer: Buffer, stsz: Box): number[] {
  const common = buffer.readUInt32BE(stsz.body + 4);
  const count = buffer.readUInt32BE(stsz.body + 8);
  if (common === 0 && stsz.body + 12 + 4 * count > stsz.end)
    throw new RangeError('stsz is longer than its box');
  return Array.from({ length: count }, (_, index) =>
    common === 0 ? buffer.readUInt32BE(stsz.body + 12 + 4 * index) : common,
  );
}

/** stts and ctts (8.6.1): runs of equal values, one value a sample. */
function readRuns(buffer: Buffer, box: Box): number[] {
  const count = buffer.readUInt32BE(box.body + 4);
  const values: number[] = [];
  for (let entry = 0; entry < count; entry++) {
    const at = box.body + 8 + 8 * entry;
    if (at + 8 > box.end) throw new RangeError(`${box.type} is longer than its box`);
    const value = buffer.readInt32BE(at + 4);
    for (let repeat = buffer.readUInt32BE(at); repeat > 0; repeat--) values.push(value);
  }
  return values;
}

/** stss (8.6.2). */
function readWords(buffer: Buffer, box: Box): number[] {
  const count = buffer.readUInt32BE(box.body + 4);
  return Array.from({ length: count }, (_, index) => buffer.readUInt32BE(box.body + 8 + 4 * index));
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new RangeError(`no ${what}`);
  return value;
}
