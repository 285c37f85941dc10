import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { allowance } from '@hindsight/rig/media/allowance';
import { runFfprobe } from '@hindsight/rig/media/run-ffmpeg';
import { startSharer } from '@hindsight/rig/browsers/sharer';
import {
  listen,
  openRecorderStage,
  type RecordedFrame,
  type RecorderStage,
} from './testing/recorder-stage.ts';

const SHARED = {
  codec: 'vp9',
  scalabilityMode: 'L3T3_KEY',
  hasAudio: false,
  video: { width: 1280, height: 720, framesPerSecond: 10, bitrateBps: 1_500_000 },
} as const;

let stage: RecorderStage;
let frames: RecordedFrame[];

beforeAll(async () => {
  stage = await openRecorderStage();
  const recorder = stage.newRecorder();
  const { seen } = listen(recorder);
  const sharer = await startSharer({ ...stage.newSharer(), ...SHARED });
  try {
    const { egressId } = await recorder.start(stage.request(sharer, 'layers'));
    await seen('segment', 60_000, 3);
    await recorder.stop(egressId);
  } finally {
    await sharer.close();
    await recorder.close();
  }
  // It shows only the highest layer, as browsers do.
  frames = await stage.framesOf('layers', { decoder: 'libvpx-vp9' });
}, 120_000);
afterAll(() => stage.close());

it('keeps every spatial layer that the highest one needs', async () => {
  const sizes = ['-show_entries', 'frame=width,height', '-of', 'csv=p=0'];
  const { stdout } = await runFfprobe([...sizes, join(stage.directory, 'layers', 'full.m3u8')]);
  expect(new Set(stdout.toString().trim().split('\n'))).toEqual(new Set(['320,180', '640,360', '1280,720']));
});

it('shows the highest layer, each picture at its time', () => {
  expect(frames.length).toBeGreaterThan(20);
  expect(frames.filter(({ burntMs }) => burntMs === null)).toEqual([]);
  const drawnAt = frames.map(({ burntMs }) => burntMs ?? NaN);
  expect(drawnAt).toEqual(drawnAt.toSorted((a, b) => a - b));
  const errors = frames
    .map(({ wallMs }, index) => wallMs - (drawnAt[index] ?? NaN))
    .toSorted((a, b) => a - b);
  expect(Math.abs(errors[errors.length >> 1] ?? NaN)).toBeLessThan(allowance(100, 400));
});
