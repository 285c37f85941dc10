import { boxAt, childBoxes, findBox, type Box, required } from '../boxes/box-reader.ts';
import type { MediaTrack } from '../fragments/init-tracks.ts';
import {
  presentationShift,
  readLongWords,
  readMoovOfFile,
  readRuns,
  readSizes,
  readWords,
  timescaleOf,
} from './sample-tables.ts';
import type { PlacedSample } from './track-builder.ts';

/** A sample and where it lies in a file. Times are ticks of its track. */
export interface FileSample extends PlacedSample {
  path: string;
  offset: number;
  /** This sample entry describes the sample; it is a whole box. */
  sampleEntry: Buffer;
}

/** A track whose samples may lie in any file at any place, listed in decode order. */
export interface FileTrack extends Pick<MediaTrack, 'kind' | 'timescale' | 'codec' | 'width' | 'height'> {
  /** Players show this name, if there is one, where several tracks can be chosen from. */
  name?: string;
  samples: FileSample[];
  /** This media time is presented at 0. */
  presentedFrom: number;
  /** The last sample ends at this time. */
  end: number;
}

/**
 * Reads the tracks of a finished MP4 (ISO/IEC 14496-12, 8.5 to 8.7), without touching its media.
 * @throws BrokenMovieError when the file is no readable MP4; the file system's error when it is gone
 */
export function readMovieTracks(path: string): Promise<FileTrack[]> {
  return readMoovOfFile(path, (moov) => parseMovieTracks(moov, path));
}

/**
 * Reads the tracks from a moov box.
 * @param path the file that the box comes from
 * @throws RangeError when its tables are cut off or nonsense
 */
export function parseMovieTracks(buffer: Buffer, path: string): FileTrack[] {
  const moov = required(boxAt(buffer, 0) ?? undefined, 'moov');
  return childBoxes(buffer, moov)
    .filter((box) => box.type === 'trak')
    .flatMap((trak) => readTrack(buffer, trak, path) ?? []);
}

/** Returns a movie's first track of a kind. @throws RangeError when it has none */
export function trackOf(movie: readonly FileTrack[], kind: FileTrack['kind']): FileTrack {
  const track = movie.find((one) => one.kind === kind);
  if (track === undefined) throw new RangeError(`a movie without ${kind}`);
  return track;
}

function readTrack(buffer: Buffer, trak: Box, path: string): FileTrack | null {
  const hdlr = required(findBox(buffer, trak, 'mdia', 'hdlr'), 'hdlr');
  const handler = buffer.toString('latin1', hdlr.body + 8, hdlr.body + 12);
  if (handler !== 'vide' && handler !== 'soun') return null;
  const tkhd = required(findBox(buffer, trak, 'tkhd'), 'tkhd');
  const table = (type: string) => findBox(buffer, trak, 'mdia', 'minf', 'stbl', type);
  const entries = readEntries(buffer, required(table('stsd'), 'stsd'));
  const sizes = readSizes(buffer, required(table('stsz'), 'stsz'));
  const durations = readRuns(buffer, required(table('stts'), 'stts'));
  const ctts = table('ctts');
  const compositionOffsets = ctts === undefined ? null : readRuns(buffer, ctts);
  const stss = table('stss');
  const keys = stss === undefined ? null : new Set(readWords(buffer, stss));
  const places = readPlaces(buffer, sizes, table);
  const name = findBox(buffer, trak, 'udta', 'name');
  let decodeTime = 0;
  const samples = sizes.map((sizeBytes, index): FileSample => {
    const { offset, entry } = required(places[index], 'place of a sample');
    const sample = {
      ...{ path, offset, sizeBytes, decodeTime },
      sampleEntry: required(entries[entry - 1], 'sample entry'),
      compositionOffset: compositionOffsets?.[index] ?? 0,
      isKey: keys?.has(index + 1) ?? true,
    };
    decodeTime += durations[index] ?? 0;
    return sample;
  });
  return {
    kind: handler === 'vide' ? 'video' : 'audio',
    timescale: timescaleOf(buffer, required(findBox(buffer, trak, 'mdia', 'mdhd'), 'mdhd')),
    codec: required(entries[0], 'sample entry').toString('latin1', 4, 8),
    // 16.16 fixed point, at the end of the box.
    width: buffer.readUInt16BE(tkhd.end - 8),
    height: buffer.readUInt16BE(tkhd.end - 4),
    ...(name === undefined ? {} : { name: buffer.toString('utf8', name.body, name.end) }),
    samples,
    presentedFrom: presentationShift(buffer, findBox(buffer, trak, 'edts', 'elst')),
    end: decodeTime,
  };
}

function readEntries(buffer: Buffer, stsd: Box): Buffer[] {
  return childBoxes(buffer, { body: stsd.body + 8, end: stsd.end }).map(({ start, end }) =>
    Buffer.from(buffer.subarray(start, end)),
  );
}

/** Returns where each sample lies and the number of its sample entry, from 1: stsc (8.7.4) and stco or co64 (8.7.5). */
function readPlaces(
  buffer: Buffer,
  sizes: readonly number[],
  table: (type: string) => Box | undefined,
): { offset: number; entry: number }[] {
  const stco = table('stco');
  const chunkOffsets =
    stco === undefined ? readLongWords(buffer, required(table('co64'), 'stco')) : readWords(buffer, stco);
  const runs = readWords(buffer, required(table('stsc'), 'stsc'), 3);
  const places: { offset: number; entry: number }[] = [];
  let run = 0;
  for (const [chunk, chunkOffset] of chunkOffsets.entries()) {
    while ((runs[run + 3] ?? Number.POSITIVE_INFINITY) <= chunk + 1) run += 3;
    const count = runs[run + 1] ?? 0;
    let offset = chunkOffset;
    for (let index = 0; index < count && places.length < sizes.length; index++) {
      const sizeBytes = sizes[places.length] ?? 0;
      places.push({ offset, entry: runs[run + 2] ?? 0 });
      offset += sizeBytes;
    }
  }
  return places;
}
