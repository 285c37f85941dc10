import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buffer } from 'node:stream/consumers';
import { readMovieTracks } from '../tables/movie-tracks.ts';
import { readLayout } from './layout-reader.ts';
import { layOutSounds, type SeparateSound } from './separate-sounds.ts';
import { SILENT_OPUS_PACKET } from './sound-layout.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-sounds-'));
});
afterAll(() => rm(directory, { recursive: true }));

const packet = (at: number, text: string, samples = 960) => ({ at, samples, payload: Buffer.from(text) });

/** Lays sounds out, and returns each track as the times and bytes of its packets; silence is a dash. */
async function laidOut(sounds: readonly SeparateSound[], { presentedFrom = 0, end = 9600 } = {}) {
  const layout = layOutSounds(sounds, { presentedFrom, end, recordedAtMs: 0 });
  const bytes = await buffer(readLayout(layout, { start: 0, end: layout.sizeBytes - 1 }));
  expect(bytes).toHaveLength(layout.sizeBytes);
  const path = join(directory, 'sounds.mp4');
  await writeFile(path, bytes);
  return (await readMovieTracks(path)).map((track) => ({
    ...track,
    samples: track.samples.map(({ decodeTime, offset, sizeBytes }) => {
      const payload = bytes.subarray(offset, offset + sizeBytes);
      return `${decodeTime} ${payload.equals(SILENT_OPUS_PACKET) ? '-' : payload.toString()}`;
    }),
  }));
}

describe('separate sounds', () => {
  it('have a track each, with a name, from the same beginning to the same end', async () => {
    const [share, voice] = await laidOut(
      [
        { name: 'share', packets: [packet(0, 'a'), packet(960, 'b')] },
        { name: 'Zoë', packets: [packet(2880, 'c')] },
      ],
      { presentedFrom: 960, end: 4800 },
    );
    expect(share).toMatchObject({ name: 'share', codec: 'Opus', presentedFrom: 960, end: 4800 });
    expect(share?.samples).toEqual(['0 a', '960 b', '1920 -', '2880 -', '3840 -']);
    expect(voice).toMatchObject({ name: 'Zoë', presentedFrom: 960, end: 4800 });
    expect(voice?.samples).toEqual(['0 -', '960 -', '1920 -', '2880 c', '3840 -']);
  });

  it('keep the exact times of their packets', async () => {
    const [voice] = await laidOut(
      [{ name: 'v', packets: [packet(961, 'a'), packet(1923, 'b'), packet(4000, 'c', 1920)] }],
      { end: 7000 },
    );
    // What lasts shorter than a packet of silence is added to what is before it.
    expect(voice?.samples).toEqual(['0 -', '961 a', '1923 b', '2883 -', '4000 c', '5920 -']);
    expect(voice?.end).toBe(7000);
  });

  it('have no packets that overlap others, or lie outside', async () => {
    const packets = [packet(-5, 'x'), packet(5, 'y'), packet(960, 'a'), packet(1900, 'z'), packet(2880, 'w')];
    const [voice] = await laidOut([{ name: 'v', packets }], { end: 2880 });
    expect(voice?.samples).toEqual(['0 -', '960 a', '1920 -']);
  });

  it('alternate in the file, so that they can be read at the same time', async () => {
    const second = (text: string) => Array.from({ length: 100 }, (_, index) => packet(index * 960, text));
    const layout = layOutSounds(
      ['a', 'b'].map((name) => ({ name, packets: second(name) })),
      { presentedFrom: 0, end: 96_000, recordedAtMs: 0 },
    );
    const media = await buffer(readLayout(layout, { start: layout.head.length, end: layout.sizeBytes - 1 }));
    expect(media.toString()).toBe(
      ['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b'].map((one) => one.repeat(25)).join(''),
    );
  });
});
