import { buffer as collect } from 'node:stream/consumers';
import { boxAt, childBoxes, findBox, type Box } from '../buffer/mp4-boxes.ts';
import {
  presentationShift,
  readMoov,
  readMoovOf,
  readRuns,
  readSizes,
  readWords,
  required,
  timescaleOf,
  type ReadBytes,
} from '../mp4/sample-tables.ts';
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

/**
 * Reads the sample tables of an MP4 (ISO/IEC 14496-12, 8.6 and 8.7), without touching its media.
 * @throws BrokenMovieError, or the file system's error when it is gone
 */
export function readClipIndex(path: string): Promise<ClipIndex> {
  return readMoovOf(path, parseMoov);
}

/**
 * The same of a stored clip, of which only the index is fetched.
 * @throws BrokenMovieError; AppError NOT_FOUND, STORAGE_UNAVAILABLE
 */
export function readStoredClipIndex(
  storage: Pick<ObjectStorage, 'read'>,
  key: StorageKey,
): Promise<ClipIndex> {
  const read: ReadBytes = async (position, length) =>
    collect(await storage.read(key, { start: position, end: position + length - 1 }));
  return readMoov(key, read, parseMoov);
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
