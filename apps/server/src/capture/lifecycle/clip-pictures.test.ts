import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';
import { picturesOf, readPictures } from './clip-pictures.ts';

function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) buffer.writeInt32BE(value, 4 * index);
  return buffer;
}

const table = (type: string, ...values: number[]) => box(type, words(0, ...values));

interface Track {
  handler: string;
  timescale: number;
  boxes: Buffer[];
  edits?: Buffer;
}

function track({ handler, timescale, boxes, edits }: Track): Buffer {
  const tkhd = box('tkhd', Buffer.alloc(76), words(1280 << 16, 720 << 16));
  const mdhd = table('mdhd', 0, 0, timescale, 0);
  const hdlr = box('hdlr', words(0, 0), Buffer.from(handler, 'latin1'), Buffer.alloc(12));
  const minf = box('minf', box('stbl', ...boxes));
  return box(
    'trak',
    tkhd,
    ...(edits === undefined ? [] : [box('edts', edits)]),
    box('mdia', mdhd, hdlr, minf),
  );
}

/** Returns the boxes that place this many samples in one chunk, all with the same entry. */
const oneChunk = (samples: number) => [
  box('stsd', words(0, 1), box('test')),
  table('stsc', 1, 1, samples, 1),
  table('stco', 1, 1000),
];

/** The video has four pictures of a quarter of a second. An edit list hides the first two. */
const VIDEO: Track = {
  handler: 'vide',
  timescale: 1000,
  boxes: [
    table('stts', 1, 4, 250),
    table('stsz', 0, 4, 50, 10, 11, 40),
    table('stss', 2, 1, 4),
    ...oneChunk(4),
  ],
  edits: table('elst', 1, 500, 500, 1 << 16),
};
const SOUND: Track = {
  handler: 'soun',
  timescale: 48_000,
  boxes: [table('stts', 1, 3, 960), table('stsz', 7, 3), ...oneChunk(3)],
};

function parse(moov: Buffer) {
  const tracks = parseMovieTracks(moov, 'clip');
  const video = trackOf(tracks, 'video');
  const sound = tracks.find(({ kind }) => kind === 'audio')?.samples;
  return {
    pictures: picturesOf(video),
    audio:
      sound === undefined
        ? null
        : {
            sizeBytes: sound.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
            sampleCount: sound.length,
          },
    width: video.width,
    height: video.height,
  };
}

describe('the index of a clip', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-index-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('has each picture with its time, also before the start', () => {
    expect(parse(box('moov', track(VIDEO), track(SOUND)))).toEqual({
      pictures: [
        { atSeconds: -0.5, sizeBytes: 50, isKeyframe: true },
        { atSeconds: -0.25, sizeBytes: 10, isKeyframe: false },
        { atSeconds: 0, sizeBytes: 11, isKeyframe: false },
        { atSeconds: 0.25, sizeBytes: 40, isKeyframe: true },
      ],
      audio: { sizeBytes: 21, sampleCount: 3 },
      width: 1280,
      height: 720,
    });
  });

  it('puts reordered pictures in the order in which they are shown', () => {
    const reordered = table('ctts', 3, 1, 0, 1, 500, 2, 0);
    const { pictures, audio } = parse(box('moov', track({ ...VIDEO, boxes: [...VIDEO.boxes, reordered] })));
    expect(audio).toBeNull();
    expect(pictures.map(({ atSeconds, sizeBytes }) => [atSeconds, sizeBytes])).toEqual([
      [-0.5, 50],
      [0, 11],
      [0.25, 10],
      [0.25, 40],
    ]);
  });

  it('is found after other boxes, and an error when there is none', async () => {
    const [good, bad] = [join(directory, 'good.mp4'), join(directory, 'bad.mp4')];
    const moov = box('moov', track(VIDEO));
    await writeFile(good, Buffer.concat([box('ftyp', Buffer.from('isom')), box('free'), moov, box('mdat')]));
    await writeFile(bad, Buffer.concat([box('ftyp', Buffer.from('isom')), box('mdat', Buffer.alloc(99))]));
    expect(await readPictures(good)).toHaveLength(4);
    await expect(readPictures(bad)).rejects.toThrow('no moov');
  });

  it.each([
    ['a table that is longer than its box', table('stsz', 0, 400, 1)],
    ['runs that are longer than their box', table('stts', 90, 1, 1)],
  ])('refuses %s', (_name, broken) => {
    const boxes = [broken, ...VIDEO.boxes.filter((one) => !one.includes(broken.subarray(4, 8)))];
    expect(() => parse(box('moov', track({ ...VIDEO, boxes })))).toThrow('longer than its box');
  });
});
