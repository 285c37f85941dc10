import { readFile } from 'node:fs/promises';
import { boxAt, childBoxes, findBox, type Box } from '../boxes/box-reader.ts';

/** These values apply to a sample when its run doesn't say otherwise (ISO/IEC 14496-12, 8.8.3). */
export interface SampleDefaults {
  duration: number;
  sizeBytes: number;
  flags: number;
}

/** This is a track as an init segment declares it. */
export interface MediaTrack {
  id: number;
  kind: 'video' | 'audio';
  /** All times of the track are counted in this many ticks per second. */
  timescale: number;
  /** The codec is the four-character code of the sample entry: avc1, Opus, vp09, … */
  codec: string;
  /** This is the whole sample entry box. */
  sampleEntry: Buffer;
  /** Width and height are in pixels; 0 for audio. */
  width: number;
  height: number;
  defaults: SampleDefaults;
}

/** Thrown for a segment or init segment that is damaged or incomplete. */
export class BrokenSegmentError extends Error {
  constructor(path: string, what: string) {
    super(`${path}: ${what}`);
    this.name = 'BrokenSegmentError';
  }
}

/**
 * Reads the tracks that an init segment declares.
 * @throws BrokenSegmentError when it is damaged; the file system's error when it is gone
 */
export async function readInitTracks(path: string): Promise<MediaTrack[]> {
  return parseInitTracks(await readFile(path), path);
}

/** Reads the tracks from the bytes of an init segment; `path` is only for errors. @throws BrokenSegmentError */
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

/** Reads the defaults of each track by its id, from the trex boxes. */
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
