import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFfmpeg, runFfprobe } from '@hindsight/rig/media/run-ffmpeg';
import { SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCaptureStage, type Capturer, type CaptureStage } from '../../testing/capture-stage.ts';

describe('a clip that was just saved, in tools that take its file apart', () => {
  let directory: string;
  let stage: CaptureStage;
  let capturer: Capturer;
  const startMs = Math.floor(Date.now() / SECOND) * SECOND - 30 * SECOND;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-tools-'));
    stage = await openCaptureStage();
    capturer = await stage.createCapturer();
  });
  afterEach(async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  });

  /** Saves a clip that hides the 3.4 s between a keyframe and its start. Returns the path of its file. */
  async function saved(): Promise<string> {
    await stage.record(capturer, { startMs, durationMs: 12 * SECOND });
    const { clip } = await stage.captureRange(capturer, startMs + 7400, startMs + 11_000);
    await stage.settled(capturer, clip.id);
    return stage.videoPath(capturer, clip.id);
  }

  it('is read by ffmpeg without a warning', async () => {
    const path = await saved();
    const { stderr } = await runFfmpeg(['-v', 'warning', '-i', path, '-c', 'copy', '-f', 'null', '-']);
    expect(stderr).toBe('');
  });

  it('keeps its times in order when it is copied into Matroska, which has no edit lists', async () => {
    const copy = join(directory, 'copy.mkv');
    await runFfmpeg(['-v', 'warning', '-i', await saved(), '-c', 'copy', copy]);
    const entries = ['-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
    const { stdout } = await runFfprobe([...entries, copy]);
    const times = stdout.toString().trim().split('\n').map(Number);
    // Matroska counts milliseconds, and some fifty of these pictures are hidden in 80 of them.
    expect(times.length).toBeGreaterThan(100);
    expect(new Set(times).size).toBe(times.length);
    expect(times.toSorted((one, other) => one - other)).toEqual(times);
  });
});
