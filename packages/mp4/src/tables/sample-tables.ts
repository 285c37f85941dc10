import { open } from 'node:fs/promises';
import { MiB } from '@hindsight/shared/units';
import { boxAt, type Box } from '../boxes/box-reader.ts';

/** A file that isn't a plain MP4 with a picture in it. */
export class BrokenMovieError extends Error {
  constructor(path: string, what: string) {
    super(`${path}: ${what}`);
    this.name = 'BrokenMovieError';
  }
}

/** The bytes of a file from a position on; fewer where it ends before. */
export type ReadBytes = (position: number, length: number) => Promise<Buffer>;

const HEADER_BYTES = 16;
/** Ten hours of pictures and sound have an index of some 20 MiB; a damaged size can ask for any number of bytes. */
const MAX_MOOV_BYTES = 256 * MiB;

/**
 * Reads something out of a movie's moov, without touching its media.
 * @throws BrokenMovieError
 */
export async function readMoov<T>(name: string, read: ReadBytes, parse: (moov: Buffer) => T): Promise<T> {
  try {
    for (let position = 0; ;) {
      const box = boxAt(await read(position, HEADER_BYTES), 0);
      if (box === null) throw new BrokenMovieError(name, 'no moov');
      if (box.type === 'moov') {
        if (box.end > MAX_MOOV_BYTES) throw new BrokenMovieError(name, `a moov of ${box.end} bytes`);
        return parse(await read(position, box.end));
      }
      position += box.end;
    }
  } catch (error) {
    // Tables may be cut or nonsense: reading behind the buffer ends here.
    if (error instanceof RangeError) throw new BrokenMovieError(name, error.message);
    throw error;
  }
}

/** The same of a file. @throws BrokenMovieError, or the file system's error when it is gone */
export async function readMoovOf<T>(path: string, parse: (moov: Buffer) => T): Promise<T> {
  await using file = await open(path);
  const read: ReadBytes = async (position, length) => {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, position);
    return bytes.subarray(0, bytesRead);
  };
  return await readMoov(path, read, parse);
}

/** mdhd and mvhd; version 1 has 64-bit times in front. */
export function timescaleOf(buffer: Buffer, box: Box): number {
  const timescale = buffer.readUInt32BE(box.body + (buffer[box.body] === 1 ? 20 : 12));
  if (timescale === 0) throw new RangeError('a timescale of 0');
  return timescale;
}

/**
 * elst (8.6.6): media time that is shown first, in the track's units. An empty edit before it, which delays the track,
 * doesn't occur in our files' video.
 */
export function presentationShift(buffer: Buffer, elst: Box | undefined): number {
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

/** A table may have no rows, only a count: no clip comes near this. */
const MAX_SAMPLES = 4_000_000;

/** stsz (8.7.3.2). */
export function readSizes(buffer: Buffer, stsz: Box): number[] {
  const common = buffer.readUInt32BE(stsz.body + 4);
  const count = buffer.readUInt32BE(stsz.body + 8);
  if (count > MAX_SAMPLES || (common === 0 && stsz.body + 12 + 4 * count > stsz.end))
    throw new RangeError('stsz is longer than its box');
  return Array.from({ length: count }, (_, index) =>
    common === 0 ? buffer.readUInt32BE(stsz.body + 12 + 4 * index) : common,
  );
}

/** stts and ctts (8.6.1): runs of equal values, one value a sample. */
export function readRuns(buffer: Buffer, box: Box): number[] {
  const count = buffer.readUInt32BE(box.body + 4);
  const values: number[] = [];
  for (let entry = 0; entry < count; entry++) {
    const at = box.body + 8 + 8 * entry;
    if (at + 8 > box.end) throw new RangeError(`${box.type} is longer than its box`);
    const value = buffer.readInt32BE(at + 4);
    const repeats = buffer.readUInt32BE(at);
    if (values.length + repeats > MAX_SAMPLES) throw new RangeError(`${box.type} has too many samples`);
    for (let repeat = 0; repeat < repeats; repeat++) values.push(value);
  }
  return values;
}

/** stss (8.6.2), stco (8.7.5), and stsc (8.7.4) with three a row. */
export function readWords(buffer: Buffer, box: Box, perRow = 1): number[] {
  const count = buffer.readUInt32BE(box.body + 4) * perRow;
  if (box.body + 8 + 4 * count > box.end) throw new RangeError(`${box.type} is longer than its box`);
  return Array.from({ length: count }, (_, index) => buffer.readUInt32BE(box.body + 8 + 4 * index));
}

/** co64 (8.7.5). */
export function readLongWords(buffer: Buffer, box: Box): number[] {
  const count = buffer.readUInt32BE(box.body + 4);
  if (box.body + 8 + 8 * count > box.end) throw new RangeError(`${box.type} is longer than its box`);
  return Array.from({ length: count }, (_, index) =>
    Number(buffer.readBigUInt64BE(box.body + 8 + 8 * index)),
  );
}
