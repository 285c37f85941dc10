import { childBoxes, findBox, type Box } from '../boxes/box-reader.ts';

export interface ReadSample {
  /** Seconds from the movie's start; hidden samples are before 0. */
  presentedAt: number;
  durationSeconds: number;
  offset: number;
  sizeBytes: number;
  isKey: boolean;
}

export interface ReadTrack {
  kind: 'video' | 'audio';
  durationSeconds: number;
  sampleEntryCount: number;
  sampleEntries: Buffer;
  samples: ReadSample[];
}

/** Reads a movie header as a player does, by its tables alone (ISO/IEC 14496-12, 8.5 to 8.7). */
export function readMovie(head: Buffer): { durationSeconds: number; tracks: ReadTrack[]; mdatBytes: number } {
  const root = { body: 0, end: head.length };
  const moov = must(findBox(head, root, 'moov'));
  const mvhd = must(findBox(head, moov, 'mvhd'));
  const timescale = head.readUInt32BE(mvhd.body + 12);
  const mdatAt = moov.end;
  const mdatBytes =
    head.readUInt32BE(mdatAt) === 1
      ? Number(head.readBigUInt64BE(mdatAt + 8)) - 16
      : head.readUInt32BE(mdatAt) - 8;
  return {
    durationSeconds: head.readUInt32BE(mvhd.body + 16) / timescale,
    tracks: childBoxes(head, moov)
      .filter(({ type }) => type === 'trak')
      .map((trak) => readTrack(head, trak, timescale)),
    mdatBytes,
  };
}

function readTrack(head: Buffer, trak: Box, movieTimescale: number): ReadTrack {
  const stbl = must(findBox(head, trak, 'mdia', 'minf', 'stbl'));
  const mdhd = must(findBox(head, trak, 'mdia', 'mdhd'));
  const elst = must(findBox(head, trak, 'edts', 'elst'));
  const hdlr = must(findBox(head, trak, 'mdia', 'hdlr'));
  const timescale = head.readUInt32BE(mdhd.body + 12);
  const presentedFrom = head.readUInt32BE(elst.body + 12);
  const box = (type: string) => findBox(head, stbl, type);
  const numbers = (type: string, header: number): number[] => {
    const table = box(type);
    if (table === undefined) return [];
    const values: number[] = [];
    for (let at = table.body + header; at < table.end; at += 4) values.push(head.readUInt32BE(at));
    return values;
  };
  const sizes = numbers('stsz', 12);
  const durations = spread(numbers('stts', 8));
  const offsets = box('ctts') === undefined ? sizes.map(() => 0) : spread(numbers('ctts', 8)).map(signed);
  const keys = box('stss') === undefined ? null : new Set(numbers('stss', 8));
  const places = samplePlaces(
    sizes,
    numbers('stsc', 8),
    box('co64') === undefined ? numbers('stco', 8) : wide(head, must(box('co64'))),
  );
  const stsd = must(box('stsd'));
  let decodeTime = 0;
  return {
    kind: head.toString('latin1', hdlr.body + 8, hdlr.body + 12) === 'vide' ? 'video' : 'audio',
    durationSeconds: head.readUInt32BE(elst.body + 8) / movieTimescale,
    sampleEntryCount: head.readUInt32BE(stsd.body + 4),
    sampleEntries: head.subarray(stsd.body + 8, stsd.end),
    samples: sizes.map((sizeBytes, index) => {
      const time = decodeTime;
      decodeTime += durations[index] ?? 0;
      return {
        presentedAt: (time + (offsets[index] ?? 0) - presentedFrom) / timescale,
        durationSeconds: (durations[index] ?? 0) / timescale,
        offset: places[index] ?? 0,
        sizeBytes,
        isKey: keys === null || keys.has(index + 1),
      };
    }),
  };
}

function samplePlaces(sizes: number[], sampleToChunk: number[], chunkOffsets: number[]): number[] {
  const places: number[] = [];
  for (const [chunk, offset] of chunkOffsets.entries()) {
    let count = 0;
    for (let at = 0; at < sampleToChunk.length; at += 3)
      if ((sampleToChunk[at] ?? 0) <= chunk + 1) count = sampleToChunk[at + 1] ?? 0;
    let next = offset;
    for (let index = 0; index < count; index++) {
      next += index === 0 ? 0 : (sizes[places.length - 1] ?? 0);
      places.push(next);
    }
  }
  return places;
}

function spread(pairs: number[]): number[] {
  const values: number[] = [];
  for (let at = 0; at < pairs.length; at += 2)
    for (let index = 0; index < (pairs[at] ?? 0); index++) values.push(pairs[at + 1] ?? 0);
  return values;
}

const signed = (value: number) => value | 0;

function wide(head: Buffer, table: Box): number[] {
  const values: number[] = [];
  for (let at = table.body + 8; at < table.end; at += 8) values.push(Number(head.readBigUInt64BE(at)));
  return values;
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the head lacks a box');
  return value;
}
