import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeClip } from '@hindsight/rig/media/clip-probe';
import { runFfmpeg } from '@hindsight/rig/media/run-ffmpeg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createFfmpeg } from '../../ffmpeg/ffmpeg.ts';
import { createLog } from '../../log.ts';
import { createExportMaker } from '../make/export-maker.ts';
import { planExport } from '../plan/export-plan.ts';
import type { ClipFacts } from '../plan/clip-facts.ts';
import { createExportEncoders } from './export-encoders.ts';
import { HARDWARE_ENCODERS, X264, type VideoEncoder } from './video-encoder.ts';

const SECONDS = 4;
const CROP = { x: 100, y: 0, width: 202, height: 360 };
const facts: ClipFacts = {
  ...{ durationSeconds: SECONDS, width: 640, height: 360, sizeBytes: 20_000_000, framesPerSecond: 30 },
  ...{ soundBytes: 0, hasSound: false, isAac: true, isOneSize: true, isPlain: true },
  separateTracks: 0,
};

/** An encoder of this machine that isn't how x264 is used otherwise. x264 writes its settings into what it makes. */
const another = (...options: string[]): VideoEncoder => ({ ...X264, qualityOptions: () => options });
/** On machines with a graphics card, too, there is none at this path. */
const NO_CARD: VideoEncoder = {
  ...(HARDWARE_ENCODERS.find(({ name }) => name === 'h264_vaapi') ?? X264),
  deviceOptions: ['-vaapi_device', '/dev/no-such-card'],
};
/** It takes as long as the pictures do, so it can be killed in the middle. */
const SLOW = { ...another('-preset', 'veryfast', '-qp', '22'), deviceOptions: ['-re'] };

let directory: string;
let pidPath: string;
let encoders: ReturnType<typeof createExportEncoders> | undefined;
const logged: Record<string, unknown>[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-encoders-'));
  pidPath = join(directory, 'pid');
  logged.length = 0;
});
afterEach(async () => {
  await encoders?.close();
  await rm(directory, { recursive: true });
});

/** Returns an ffmpeg whose process is known, because it may have to die. */
async function openFfmpeg() {
  const ffmpegPath = join(directory, 'ffmpeg');
  await writeFile(ffmpegPath, `#!/bin/sh\necho $$ >'${pidPath}'\nexec ffmpeg "$@"\n`);
  await chmod(ffmpegPath, 0o755);
  return createFfmpeg({ ffmpegPath, ffprobePath: 'ffprobe' });
}

async function openEncoders(candidates: readonly VideoEncoder[]) {
  const ffmpeg = await openFfmpeg();
  const write = (line: string) => void logged.push(z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
  encoders = createExportEncoders({
    ...{ ffmpeg, candidates, log: createLog({ level: 'info', destination: { write } }) },
    storage: { makeTempDir: () => mkdtemp(join(directory, 'check-')) },
  });
  return { ffmpeg, encoders };
}

/** Crops a video upright. @returns the file's path, and what x264 has written about itself there */
async function crop(opened: Awaited<ReturnType<typeof openEncoders>>, report = (_part: number) => {}) {
  const path = join(directory, 'clip.mp4');
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=30:duration=${SECONDS}`];
  await runFfmpeg([...source, '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', path]);
  const work = planExport({ kind: 'crop', crop: CROP }, facts, { chatLimitBytes: 20_000_000 });
  const exportDirectory = join(directory, 'export');
  await mkdir(exportDirectory);
  const made = await createExportMaker(opened).make(work, {
    source: { path, width: 640, height: 360, isOneSize: true, durationSeconds: SECONDS },
    ...{
      movie: [],
      facts,
      separate: { path: '', tracks: [] },
      directory: exportDirectory,
      report,
      signal: new AbortController().signal,
    },
    labels: { title: 'The save', recordedAtMs: 0 },
  });
  const settings = /x264 - core.*?\0/s.exec(await readFile(made, 'latin1'))?.[0];
  return { summary: await probeClip(made), settings };
}

describe('the encoder of exports', () => {
  it.each([
    ['has no device', NO_CARD, /No VA display found|Device creation failed|Unknown encoder/],
    ['is not in this ffmpeg', { ...X264, name: 'h264_none' }, /h264_none/],
    [
      'makes something else than H.264',
      { ...X264, name: 'mpeg4', qualityOptions: () => [] },
      /it made mpeg4/,
    ],
    ['makes bad pictures', another('-qp', '45'), /a picture has \d+\.\d dB, with x264 \d+\.\d/],
    ['makes large files', another('-preset', 'ultrafast', '-qp', '4'), /it needs \d+ bytes, x264 \d+/],
    ['is late', another('-qp', '20', '-output_ts_offset', '0.2'), /its pictures begin at 0\.2 s/],
    ['loses pictures', another('-frames:v', '20'), /it made 20 pictures of 30/],
  ])('is x264 where another one %s, and the log says so', async (_what, candidate, reason) => {
    const opened = await openEncoders([candidate]);
    expect(await opened.encoders.best()).toBe(X264);
    expect(logged).toMatchObject([{ encoder: 'libx264' }]);
    const { refused } = z.object({ refused: z.record(z.string(), z.string()) }).parse(logged[0]);
    expect(refused[candidate.name]).toMatch(reason);
  });

  it('is the first that passes the check, and makes exports', async () => {
    const opened = await openEncoders([NO_CARD, SLOW]);
    expect(await opened.encoders.best()).toBe(SLOW);
    const { summary, settings } = await crop(opened);
    expect(settings).toContain('rc=cqp');
    expect(summary).toMatchObject({ video: { codec: 'h264', width: 202, height: 360 } });
  });

  it('is x264 when another one dies in the middle of an export, and that one isn’t tried after three times', async () => {
    const opened = await openEncoders([SLOW]);
    await opened.encoders.best();
    let kill: Promise<unknown> | undefined;
    const { summary, settings } = await crop(opened, (part) => {
      if (part > 0 && part < 1)
        kill ??= readFile(pidPath, 'utf8').then((pid) => process.kill(Number(pid), 'SIGKILL'));
    });
    await kill;
    expect(settings).toContain('rc=crf');
    expect(summary.durationMs).toBe(SECONDS * 1000);
    expect(logged.at(-1)).toMatchObject({ encoder: 'libx264', err: { code: 'CONCATENATION_FAILED' } });

    expect(await opened.encoders.best()).toBe(SLOW);
    for (let times = 0; times < 2; times++) opened.encoders.failed(SLOW, new Error('it died'));
    expect(await opened.encoders.best()).toBe(X264);
  });
});
