import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';
import { SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openCaptureStage, type CaptureStage } from '../../testing/capture-stage.ts';
import { ffmpegThatEncodesBadly } from '../testing/fake-ffmpeg.ts';
import { watch } from '../testing/watch.ts';

let directory: string;
let stage: CaptureStage;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-one-size-'));
});
afterEach(async () => {
  await stage.close();
  await rm(directory, { recursive: true });
});

it('a clip keeps its sizes when they can’t be made one, and gets its sound all the same', async () => {
  stage = await openCaptureStage({ ffmpegPath: await ffmpegThatEncodesBadly(directory, 100) });
  const startMs = Date.now() - 20 * SECOND;
  const capturer = await stage.createCapturer();
  for (const [index, height] of [256, 576].entries()) {
    const media = { durationMs: 4 * SECOND, width: 1024, height };
    await stage.record(capturer, { ...media, startMs: startMs + index * 4 * SECOND });
  }
  const { clip } = await stage.captureRange(capturer, startMs, startMs + 8 * SECOND);
  await stage.settled(capturer, clip.id);
  const postProcessing = await stage.startPostProcessing();
  await postProcessing.sweep();
  await stage.jobs.runAll();
  postProcessing.close();

  expect(await stage.clips.get(capturer.user.id, clip.id)).toMatchObject({ audioCodec: 'aac' });
  const { storageKey, sizeBytes } = await stage.clips.file(capturer.user.id, clip.id, 'video');
  const path = stage.pathOf(storageKey);
  const { samples } = trackOf(await readMovieTracks(path), 'video');
  expect(new Set(samples.map(({ sampleEntry }) => sampleEntry)).size).toBe(2);
  const { frames } = await watch(path, { nearMs: startMs });
  for (const { ptsMs, burntMs } of frames.slice(1))
    expect(Math.abs((burntMs ?? 0) - startMs - ptsMs)).toBeLessThan(20);
  expect((await stage.quota.mine(capturer.user.id)).usedBytes).toBe(sizeBytes);
  // Only the poster, the sprite and the earlier and the present video are left.
  expect(await stage.storedFiles()).toHaveLength(4);
});
