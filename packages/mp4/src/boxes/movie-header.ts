import { endianness } from 'node:os';
import { childBoxes, findBox } from './box-reader.ts';
import { labelBoxes } from './movie-labels.ts';

/** A chunk is a group of samples that lie next to each other in the file and share a sample entry. */
interface Chunk {
  /** The chunk begins at this offset in the payload of the mdat. */
  offset: number;
  sampleCount: number;
  /** This sample entry of the track describes it; they are numbered from 1. */
  entry: number;
}

/** This is a track of a finished movie. All times are ticks of `timescale`, counted from 0. */
export interface MovieTrack {
  kind: 'video' | 'audio';
  timescale: number;
  /** Players show this name where several tracks can be chosen from. */
  name?: string;
  /** Width and height are those of the largest picture, in pixels; 0 for audio. */
  width: number;
  height: number;
  sampleEntries: Buffer[];
  chunks: Chunk[];
  /** The decode time from each sample to the next, as pairs of a count and a duration (see RunLengths). */
  durations: readonly number[];
  /** Presentation time minus decode time, as pairs of a count and an offset. */
  compositionOffsets: readonly number[];
  /** Each sample has its size here, in bytes. */
  sizes: number[];
  /** These samples are keyframes; they are counted from 1. */
  keys: number[];
  /** The last sample ends at this time. */
  end: number;
  /** This media time is presented at 0. Everything before it is decoded but not shown. */
  presentedFrom: number;
  /** A decoder needs this many packets before a start to settle; 0 when it needs none. */
  rollPackets: number;
}

export interface MovieHeader {
  /** `duration` is counted in this many ticks per second. */
  timescale: number;
  /** The presented part lasts this long. */
  duration: number;
  /** The true time of the first picture, in epoch ms; null when nobody needs it. */
  recordedAtMs: number | null;
  payloadBytes: number;
}

/**
 * Writes everything of an MP4 that precedes the media: ftyp, moov and the header of the mdat (ISO/IEC 14496-12). The payload
 * follows it and is `payloadBytes` long.
 */
export function movieHead(tracks: readonly MovieTrack[], header: MovieHeader): Buffer {
  const mdat = mdatHeader(header.payloadBytes);
  // The header itself needs some of the first 4 GiB too.
  const isWide = header.payloadBytes > 0xf0_00_00_00;
  const moov = box(
    'moov',
    movieHeader(header, tracks.length),
    // They come first, so that they lie at the same place in every file.
    labelBoxes({}),
    ...tracks.map((track, index) => {
      const isFirstOfKind = tracks.findIndex(({ kind }) => kind === track.kind) === index;
      return trackBox(track, { id: index + 1, movie: header, isWide, isFirstOfKind });
    }),
  );
  shiftChunkOffsets(moov, FTYP.length + moov.length + mdat.length);
  return Buffer.concat([FTYP, moov, mdat]);
}

/**
 * Adds the payload's position to all chunk offsets. It is known only once everything before the payload has been written;
 * until then offsets count from the payload's first byte.
 */
function shiftChunkOffsets(moov: Buffer, payloadAt: number): void {
  const whole = findBox(moov, { body: 0, end: moov.length }, 'moov');
  const traks = whole === undefined ? [] : childBoxes(moov, whole).filter(({ type }) => type === 'trak');
  for (const trak of traks) {
    const stbl = findBox(moov, trak, 'mdia', 'minf', 'stbl');
    const offsets = stbl && (findBox(moov, stbl, 'stco') ?? findBox(moov, stbl, 'co64'));
    if (offsets === undefined) continue;
    for (let at = offsets.body + 8; at < offsets.end; at += offsets.type === 'co64' ? 8 : 4) {
      if (offsets.type === 'co64') moov.writeBigUInt64BE(moov.readBigUInt64BE(at) + BigInt(payloadAt), at);
      else moov.writeUInt32BE(moov.readUInt32BE(at) + payloadAt, at);
    }
  }
}

function uint16(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => buffer.writeUInt16BE(value & 0xff_ff, index * 2));
  return buffer;
}

function uint32(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => buffer.writeUInt32BE(value >>> 0, index * 4));
  return buffer;
}

function uint64(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 8);
  values.forEach((value, index) => buffer.writeBigUInt64BE(BigInt(value), index * 8));
  return buffer;
}

function box(type: string, ...content: Buffer[]): Buffer {
  const sizeBytes = content.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([uint32(sizeBytes), Buffer.from(type, 'latin1'), ...content]);
}

function fullBox(type: string, version: number, flags: number, ...content: Buffer[]): Buffer {
  return box(type, uint32(version * 0x1_00_00_00 + flags), ...content);
}

/**
 * Writes a table: the number of rows, then the values, `values.length / rows` for each row. They are an array because there
 * are more values than a call may have arguments.
 */
function table(rows: number, values: readonly number[], isWide = false): Buffer {
  // The bytes are swapped as a whole, because there are tens of thousands of values and the code runs for the first time when
  // somebody waits.
  const words = isWide ? new BigUint64Array(values.map(BigInt)) : new Uint32Array(values);
  const bytes = Buffer.from(words.buffer);
  if (endianness() === 'LE') bytes[isWide ? 'swap64' : 'swap32']();
  return Buffer.concat([uint32(rows), bytes]);
}

const FTYP = box('ftyp', Buffer.from('isom'), uint32(0x200), Buffer.from('isomiso2avc1mp41'));
const UNITY_MATRIX = uint32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
const MAX_32_BIT = 0xff_ff_ff_ff;

function mdatHeader(payloadBytes: number): Buffer {
  if (payloadBytes + 8 <= MAX_32_BIT) return Buffer.concat([uint32(payloadBytes + 8), Buffer.from('mdat')]);
  return Buffer.concat([uint32(1), Buffer.from('mdat'), uint64(payloadBytes + 16)]);
}

/** The times of an MP4 count from the beginning of 1904, which is this many seconds before 1970. */
const SECONDS_FROM_1904_TO_1970 = 2_082_844_800;

/** Returns when a movie was recorded, in seconds since 1904; 0 means that it isn't known. */
function recordedAt({ recordedAtMs }: MovieHeader): number {
  return recordedAtMs === null ? 0 : Math.floor(recordedAtMs / 1000) + SECONDS_FROM_1904_TO_1970;
}

/** Says whether a duration, or the time of the recording from 2040 on, takes 64 bits. */
function needsLongTimes(movie: MovieHeader, duration: number): boolean {
  return duration > MAX_32_BIT || recordedAt(movie) > MAX_32_BIT;
}

/** Writes the creation and modification times, the fields between them and the duration, and the duration. */
function times(movie: MovieHeader, between: Buffer, duration: number): Buffer {
  const time = recordedAt(movie);
  return needsLongTimes(movie, duration)
    ? Buffer.concat([uint64(time, time), between, uint64(duration)])
    : Buffer.concat([uint32(time, time), between, uint32(duration)]);
}

function movieHeader(movie: MovieHeader, trackCount: number): Buffer {
  const { timescale, duration } = movie;
  return fullBox(
    'mvhd',
    needsLongTimes(movie, duration) ? 1 : 0,
    0,
    times(movie, uint32(timescale), duration),
    uint32(0x10000),
    uint16(0x100, 0),
    uint32(0, 0),
    UNITY_MATRIX,
    uint32(0, 0, 0, 0, 0, 0, trackCount + 1),
  );
}

interface TrackContext {
  id: number;
  movie: MovieHeader;
  isWide: boolean;
  isFirstOfKind: boolean;
}

const ENABLED_AND_IN_MOVIE = 3;
const IN_MOVIE = 2;

function trackBox(track: MovieTrack, { id, movie, isWide, isFirstOfKind }: TrackContext): Buffer {
  const { kind, timescale, end, presentedFrom, name } = track;
  const isVideo = kind === 'video';
  const tkhd = fullBox(
    'tkhd',
    needsLongTimes(movie, movie.duration) ? 1 : 0,
    // QuickTime plays all enabled tracks at once.
    isFirstOfKind ? ENABLED_AND_IN_MOVIE : IN_MOVIE,
    times(movie, uint32(id, 0), movie.duration),
    uint32(0, 0),
    uint16(0, isVideo ? 0 : 1, isVideo ? 0 : 0x100, 0),
    UNITY_MATRIX,
    uint32(track.width * 0x10000, track.height * 0x10000),
  );
  const isLongEdit = movie.duration > MAX_32_BIT || presentedFrom > 0x7f_ff_ff_ff;
  const elst = fullBox(
    'elst',
    isLongEdit ? 1 : 0,
    0,
    uint32(1),
    isLongEdit ? uint64(movie.duration, presentedFrom) : uint32(movie.duration, presentedFrom),
    uint16(1, 0),
  );
  const mdhd = fullBox(
    'mdhd',
    needsLongTimes(movie, end) ? 1 : 0,
    0,
    times(movie, uint32(timescale), end),
    uint16(0x55c4 /* und */, 0),
  );
  const hdlr = fullBox(
    'hdlr',
    0,
    0,
    uint32(0),
    Buffer.from(isVideo ? 'vide' : 'soun'),
    uint32(0, 0, 0),
    Buffer.from(`${name ?? (isVideo ? 'VideoHandler' : 'SoundHandler')}\0`),
  );
  const mediaHeader = isVideo ? fullBox('vmhd', 0, 1, uint16(0, 0, 0, 0)) : fullBox('smhd', 0, 0, uint32(0));
  const dataInSameFile = box('dinf', fullBox('dref', 0, 0, uint32(1), fullBox('url ', 0, 1)));
  const minf = box('minf', mediaHeader, dataInSameFile, sampleTable(track, isWide));
  // Some programs read a track's name here, others that of its handler.
  const udta = name === undefined ? [] : [box('udta', box('name', Buffer.from(name)))];
  return box('trak', tkhd, box('edts', elst), box('mdia', mdhd, hdlr, minf), ...udta);
}

/** Writes the stbl box of a track (ISO/IEC 14496-12, 8.5 to 8.7). */
function sampleTable(track: MovieTrack, isWide: boolean): Buffer {
  const { durations, compositionOffsets, sizes, keys, chunks, rollPackets } = track;
  const count = sizes.length;
  const boxes = [
    fullBox('stsd', 0, 0, uint32(track.sampleEntries.length), ...track.sampleEntries),
    fullBox('stts', 0, 0, table(durations.length / 2, durations)),
  ];
  const offsets = compositionOffsets.filter((_, index) => index % 2 === 1);
  if (offsets.some((offset) => offset !== 0)) {
    const version = offsets.some((offset) => offset < 0) ? 1 : 0;
    boxes.push(fullBox('ctts', version, 0, table(offsets.length, compositionOffsets)));
  }
  if (keys.length < count) boxes.push(fullBox('stss', 0, 0, table(keys.length, keys)));
  const sampleToChunk = chunkRuns(chunks);
  boxes.push(
    fullBox('stsc', 0, 0, table(sampleToChunk.length / 3, sampleToChunk)),
    fullBox('stsz', 0, 0, uint32(0), table(count, sizes)),
    fullBox(
      isWide ? 'co64' : 'stco',
      0,
      0,
      table(
        chunks.length,
        chunks.map(({ offset }) => offset),
        isWide,
      ),
    ),
  );
  if (rollPackets > 0) {
    boxes.push(
      fullBox('sgpd', 1, 0, Buffer.from('roll'), uint32(2, 1), uint16(-rollPackets)),
      fullBox('sbgp', 0, 0, Buffer.from('roll'), uint32(1, count, 1)),
    );
  }
  return box('stbl', ...boxes);
}

/**
 * Returns the rows of stsc: the first chunk (from 1), its number of samples and its sample entry, for each chunk that differs
 * from the one before.
 */
function chunkRuns(chunks: readonly Chunk[]): number[] {
  return chunks.flatMap(({ sampleCount, entry }, index) => {
    const before = chunks[index - 1];
    return before?.sampleCount === sampleCount && before.entry === entry
      ? []
      : [index + 1, sampleCount, entry];
  });
}
