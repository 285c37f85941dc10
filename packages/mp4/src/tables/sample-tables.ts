import { open } from 'node:fs/promises';
import { MiB } from '@hindsight/shared/units';
import { boxAt, type Box } from '../boxes/box-reader.ts';

/** Thrown for a file that isn't a plain MP4 with pictures. */
class BrokenMovieError extends Error {
  constructor(path: string, what: string) {
    super(`${path}: ${what}`);
    this.name = 'BrokenMovieError';
  }
}

/** Reads bytes of a file from a position on; returns fewer when the file ends before. */
export type ReadBytes = (position: number, length: number) => Promise<Buffer>;

const HEADER_BYTES = 16;
/** Ten hours of pictures and sound have a moov of some 20 MiB, while a damaged size can ask for any number of bytes. */
const MAX_MOOV_BYTES = 256 * MiB;

/**
 * Finds a movie's moov, without touching its media, and returns what `parse` reads in it.
 * @throws BrokenMovieError when there is no moov, or `parse` throws RangeError
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
    // Tables may be cut off or nonsense: reading past the buffer ends here.
    if (error instanceof RangeError) throw new BrokenMovieError(name, error.message);
    throw error;
  }
}

/** Does the same with a file. @throws BrokenMovieError as `readMoov`; the file system's error when the file is gone */
export async function readMoovOfFile<T>(path: string, parse: (moov: Buffer) => T): Promise<T> {
  await using file = await open(path);
  const read: ReadBytes = async (position, length) => {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, position);
    return bytes.subarray(0, bytesRead);
  };
  return await readMoov(path, read, parse);
}

/** Reads the timescale of an mdhd or mvhd; version 1 has 64-bit times in front of it. */
export function timescaleOf(buffer: Buffer, box: Box): number {
  const timescale = buffer.readUInt32BE(box.body + (buffer[box.body] === 1 ? 20 : 12));
  if (timescale === 0) throw new RangeError('a timescale of 0');
  return timescale;
}

/**
 * Reads the media time that an elst (8.6.6) presents first, in the track's ticks. An empty edit before it, which would delay
 * the track, doesn't occur in the video of our files.
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

/** A table may have no rows but only a count, which damage can make any number. No clip has as many samples. */
const MAX_SAMPLES = 4_000_000;

/** Reads the sizes of all samples: stsz (8.7.3.2). */
export function readSizes(buffer: Buffer, stsz: Box): number[] {
  const common = buffer.readUInt32BE(stsz.body + 4);
  const count = buffer.readUInt32BE(stsz.body + 8);
  if (count > MAX_SAMPLES || (common === 0 && stsz.body + 12 + 4 * count > stsz.end))
    throw new RangeError('stsz is longer than its box');
  return Array.from({ length: count }, (_, index) =>
    common === 0 ? buffer.readUInt32BE(stsz.body + 12 + 4 * index) : common,
  );
}

/** Reads stts or ctts (8.6.1), which are runs of equal values, into one value for each sample. */
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

/** Reads a table of 32-bit words: stss (8.6.2), stco (8.7.5), and stsc (8.7.4) with three per row. */
export function readWords(buffer: Buffer, box: Box, perRow = 1): number[] {
  const count = buffer.readUInt32BE(box.body + 4) * perRow;
  if (box.body + 8 + 4 * count > box.end) throw new RangeError(`${box.type} is longer than its box`);
  return Array.from({ length: count }, (_, index) => buffer.readUInt32BE(box.body + 8 + 4 * index));
}

/** Reads a table of 64-bit words: co64 (8.7.5). */
export function readLongWords(buffer: Buffer, box: Box): number[] {
  const count = buffer.readUInt32BE(box.body + 4);
  if (box.body + 8 + 8 * count > box.end) throw new RangeError(`${box.type} is longer than its box`);
  return Array.from({ length: count }, (_, index) =>
    Number(buffer.readBigUInt64BE(box.body + 8 + 8 * index)),
  );
}
