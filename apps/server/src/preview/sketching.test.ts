import { describe, expect, it } from 'vitest';
import { pieces } from '../buffer/testing/pieces.ts';
import { PCM_RATE, peaksOf } from './peaks.ts';
import { batchAround } from './piece-batches.ts';
import { sketchCommand } from './sketch-args.ts';

describe('peaks', () => {
  /** The sound is two seconds long: silence, then full loudness. */
  const pcm = Buffer.alloc(2 * PCM_RATE * 2);
  for (let at = PCM_RATE; at < 2 * PCM_RATE; at++) pcm.writeInt16LE(at % 2 === 0 ? -32_768 : 32_767, at * 2);

  it('distinguish silence from noise, for each tenth of a second', () => {
    expect(peaksOf(pcm, { fromMs: 800, toMs: 1200 })).toEqual([0, 0, 100, 100]);
  });

  it('are silent after the end of the sound', () => {
    expect(peaksOf(pcm, { fromMs: 1900, toMs: 2150 })).toEqual([100, 0, 0]);
    expect(peaksOf(Buffer.alloc(0), { fromMs: 0, toMs: 200 })).toEqual([0, 0]);
  });

  it('use decibels: half the amplitude is 6 dB of 48', () => {
    const half = Buffer.alloc(2 * 800);
    half.writeInt16LE(16_384, 100);
    expect(peaksOf(half, { fromMs: 0, toMs: 100 })).toEqual([87]);
  });
});

describe('a batch', () => {
  const timeline = pieces('a', 0, 20);

  it('has the piece and those around it that play on from each other', () => {
    const [, , third] = timeline;
    if (third === undefined) throw new Error('there are twenty');
    expect(batchAround(timeline, third, () => false)).toEqual(timeline.slice(0, 8));
  });

  it('ends at a gap, at another session, and where something is sketched already', () => {
    const other = pieces('b', 80_000, 3);
    const all = [...timeline.slice(0, 2), ...timeline.slice(4, 9), ...other];
    const around = (index: number, isSketched: (path: string) => boolean = () => false) => {
      const piece = all[index];
      if (piece === undefined) throw new Error('no such piece');
      return batchAround(all, piece, ({ path }) => isSketched(path)).map(({ path }) => path);
    };
    expect(around(1)).toEqual(all.slice(0, 2).map(({ path }) => path));
    expect(around(2)).toEqual(all.slice(2, 7).map(({ path }) => path));
    expect(around(8)).toEqual(other.map(({ path }) => path));
    expect(around(4, (path) => path === all[3]?.path)).toEqual(all.slice(4, 7).map(({ path }) => path));
  });
});

describe('the command', () => {
  const [first, second] = pieces('a', 10_000, 2);
  if (first === undefined || second === undefined) throw new Error('there are two');

  it('decodes only keyframes, with one still for each piece, and all of the sound', () => {
    const { inputs, outputs } = sketchCommand({
      playlistPath: '/tmp/p.m3u8',
      pieces: [first, second],
      stillPaths: ['/tmp/0.jpg', '/tmp/1.jpg'],
      pcmPath: '/tmp/sound.pcm',
    });
    expect(inputs).toEqual([
      { path: '/tmp/p.m3u8', options: ['-threads', '1', '-skip_frame', 'nokey', '-f', 'hls'] },
    ]);
    expect(outputs.map(({ path }) => path)).toEqual(['/tmp/0.jpg', '/tmp/1.jpg', '/tmp/sound.pcm']);
    expect(outputs[0]?.options.join(' ')).toContain("select='gte(t,-0.100)*lt(t,3.900)'");
    // The last piece has no upper bound, however short it still is.
    expect(outputs[1]?.options.join(' ')).toContain("select='gte(t,3.900)'");
    expect(outputs[2]?.options.join(' ')).toContain('-f s16le');
  });

  it('maps no sound where there is none', () => {
    const options = { playlistPath: '/tmp/p.m3u8', pieces: [first], stillPaths: ['/tmp/0.jpg'] };
    expect(sketchCommand({ ...options, pcmPath: null }).outputs).toHaveLength(1);
  });
});
