import { readFile } from 'node:fs/promises';
import { otherLabels } from '@hindsight/mp4/boxes/movie-labels';
import { runFfprobe } from '@hindsight/rig/media/run-ffmpeg';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findClipFile } from '../clips/clip-files.ts';
import { openCaptureStage, type Capturer, type CaptureStage } from '../testing/capture-stage.ts';

/** File managers and photo libraries sort by the times in a file. */
describe('the time that a file says it was recorded at', () => {
  let stage: CaptureStage;
  let capturer: Capturer;
  const startMs = Math.floor(Date.now() / SECOND) * SECOND - 30 * SECOND;
  beforeEach(async () => {
    stage = await openCaptureStage();
    capturer = await stage.createCapturer();
  });
  afterEach(() => stage.close());

  async function captured(fromMs: number, toMs: number): Promise<ClipDto> {
    const { clip } = await stage.captureRange(capturer, startMs + fromMs, startMs + toMs);
    return stage.settled(capturer, clip.id);
  }

  async function trimmed({ id: clipId }: ClipDto): Promise<ClipDto> {
    const { id } = await stage.trim(capturer, { clipId, fromMs: 1000, toMs: 3000, mode: 'new' });
    return stage.settled(capturer, id);
  }

  const pathOf = async ({ id }: ClipDto) =>
    stage.pathOf((await findClipFile(stage.db, id, 'video')).storageKey);

  /** Returns what a clip's file says, in the file and in each of its tracks, and whether it has a place for a title. */
  async function told(clip: ClipDto) {
    const path = await pathOf(clip);
    const entries = 'format_tags=creation_time,title,encoder:stream_tags=creation_time';
    const { stdout } = await runFfprobe(['-show_entries', entries, '-of', 'json', path]);
    const { format, streams } = JSON.parse(stdout.toString()) as Record<string, unknown>;
    return { format, streams, hasPlace: otherLabels(await readFile(path), {}) !== null };
  }

  /** Returns what a file says that begins at a time. */
  function recordedAt(atMs: number, trackCount = 2): Awaited<ReturnType<typeof told>> {
    const second = new Date(Math.floor(atMs / SECOND) * SECOND).toISOString();
    const creation_time = second.replace('.000Z', '.000000Z');
    return {
      format: { tags: { creation_time, encoder: 'Hindsight' } },
      streams: Array.from({ length: trackCount }, () => ({ tags: { creation_time } })),
      hasPlace: true,
    };
  }

  it('is that of its first picture, before and after post-processing and in a trim', async () => {
    await stage.record(capturer, { startMs, durationMs: 12 * SECOND, width: 1024, height: 256 });
    const clip = await captured(2800, 9000);
    expect(await told(clip)).toEqual(recordedAt(startMs + 2800));
    const postProcessing = await stage.startPostProcessing();
    await postProcessing.sweep();
    await stage.jobs.runAll();
    postProcessing.close();
    expect(await stage.clips.get(capturer.user.id, clip.id)).toMatchObject({ audioCodec: 'aac' });
    expect(await told(clip)).toEqual(recordedAt(startMs + 2800));
    expect(await told(await trimmed(clip))).toEqual(recordedAt(startMs + 3800));
  });

  it('is the same where ffmpeg encodes the clip', async () => {
    await stage.record(capturer, { startMs, durationMs: 8 * SECOND, codec: 'vp9', hasAudio: false });
    expect(await told(await captured(1000, 6000))).toEqual(recordedAt(startMs + 1000, 1));
  });

  it('is the same where ffmpeg joins what egress recorded, and encodes a trim of it', async () => {
    await stage.recordByEgress(capturer, { startMs });
    const clip = await captured(1517, 7500);
    expect(await told(clip)).toEqual(recordedAt(Date.parse(clip.from)));
    const trim = await trimmed(clip);
    expect(await told(trim)).toEqual(recordedAt(Date.parse(clip.from) + 1000));
  });
});
