import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFfmpeg } from './ffmpeg.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-ffmpeg-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('tells progress that never goes back', async () => {
  const program = join(directory, 'ffmpeg');
  const times = ['N/A', '0', '2000000', '1000000', '-40000', '3500000'];
  await writeFile(program, `#!/bin/sh\nprintf 'out_time_us=%s\\n' ${times.join(' ')} >&2\n`);
  await chmod(program, 0o700);
  const told: number[] = [];
  const outputs = [{ path: join(directory, 'clip.mp4'), options: [] }];
  await createFfmpeg({ ffmpegPath: program, ffprobePath: 'ffprobe' }).run(
    { inputs: [{ path: 'whatever.mp4', options: [] }], outputs },
    { timeoutMs: 10_000, signal: new AbortController().signal, onProgress: (seconds) => told.push(seconds) },
  );
  expect(told).toEqual([0, 2, 2, 3.5]);
});
