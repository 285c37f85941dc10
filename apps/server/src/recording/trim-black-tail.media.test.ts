import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFfmpeg } from '@hindsight/rig/media/run-ffmpeg';
import { RECORDED_MEDIA } from '@hindsight/recorder/testing/egress/recorded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFfmpeg } from '../ffmpeg/ffmpeg.ts';
import { createBlackTailMeasure } from './trim-black-tail.ts';

const SEGMENT_SECONDS = 4;

let directory: string;
const measure = createBlackTailMeasure({
  ffmpeg: createFfmpeg({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' }),
  signal: new AbortController().signal,
  timeoutMs: 60_000,
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'black-tail-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Makes segments as egress writes them: pictures and a tone up to some second, then what `tail` says. */
async function segments(name: string, picturesEndAt: number, toneEndsAt: number, hasSound = true) {
  const picture = `testsrc2=s=640x360:r=30:d=12,drawbox=t=fill:c=black:enable='gte(t,${picturesEndAt})'[v]`;
  const sound = `aevalsrc='0.3*sin(2*PI*440*t)*lt(t,${toneEndsAt})':s=48000:d=12[a]`;
  const graph = ['-filter_complex', hasSound ? `${picture};${sound}` : picture];
  const maps = ['-map', '[v]', ...(hasSound ? ['-map', '[a]', '-c:a', 'aac'] : [])];
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-pix_fmt', 'yuv420p'];
  const gop = ['-g', '120', '-force_key_frames', `expr:gte(t,n_forced*${SEGMENT_SECONDS})`];
  const cut = ['-f', 'segment', '-segment_time', String(SEGMENT_SECONDS), '-segment_format', 'mpegts'];
  await runFfmpeg(['-v', 'error', ...graph, ...maps, ...encoder, ...gop, ...cut, `${name}-%d.ts`], directory);
  return [0, 1, 2].map((index) => ({
    path: join(directory, `${name}-${index}.ts`),
    durationMs: SEGMENT_SECONDS * 1000,
  }));
}

describe('the black and silent end of segments', () => {
  it('is measured to the frame', async () => {
    const blackMs = await measure(await segments('vanished', 5, 4.5));
    expect(Math.abs(blackMs - 7000)).toBeLessThan(100);
  });

  it('is zero where there is sound or a picture to the end', async () => {
    expect(await measure(await segments('muted-picture', 5, 12))).toBeLessThan(100);
    expect(await measure(await segments('silent', 12, 5))).toBeLessThan(100);
  });

  it('is measured in a recording without any sound', async () => {
    const blackMs = await measure(await segments('no-sound', 6, 0, false));
    expect(Math.abs(blackMs - 6000)).toBeLessThan(100);
  });

  it("is a few pictures long in a real share's recording, because egress adds them at the end", async () => {
    expect(await measure(RECORDED_MEDIA)).toBeLessThan(400);
  });
});
