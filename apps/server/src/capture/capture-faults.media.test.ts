import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { soundOf, toneLevel } from '@hindsight/rig/media/sound-of';
import { SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ffmpegOnFullDisk, ffmpegThatIsKilled, slowFfmpeg } from './testing/fake-ffmpeg.ts';
import {
  openCaptureStage,
  type Capturer,
  type CaptureStage,
  type StageOptions,
} from '../testing/capture-stage.ts';
import { findClipFile } from '../clips/clip-files.ts';
import { keepVoice } from './mix/testing/kept-voice.ts';
import { tonePackets } from './mix/testing/tones.ts';
import { watch } from './testing/watch.ts';

const VOICE_HZ = 440;

describe('a capture with faults', () => {
  let directory: string;
  let stage: CaptureStage;
  let capturer: Capturer;
  /** All tests share this time, and so their media. */
  const startMs = Date.now() - 8 * SECOND;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-faults-'));
  });
  afterEach(async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  });

  /** Records eight seconds of a share that has ended, in two codecs, so that its clips have to be encoded. */
  async function begin(options: StageOptions): Promise<void> {
    stage = await openCaptureStage(options);
    capturer = await stage.createCapturer();
    await stage.record(capturer, { startMs, durationMs: 4 * SECOND, codec: 'vp9' });
    await stage.record(capturer, { startMs: startMs + 4 * SECOND, durationMs: 4 * SECOND });
  }

  async function accept() {
    return (await stage.captureRange(capturer, startMs + 3000, startMs + 6000)).clip;
  }

  async function expectNothingPinned(): Promise<void> {
    expect(await stage.quota.mine(capturer.user.id)).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
    expect(await stage.storedFiles()).toEqual([]);
  }

  it('fails clearly without ffmpeg, and succeeds on retry once it is there', async () => {
    const ffmpegPath = join(directory, 'ffmpeg');
    await begin({ ffmpegPath });
    const failed = await stage.settled(capturer, (await accept()).id);
    expect(failed).toMatchObject({ status: 'FAILED', errorCode: 'FFMPEG_UNAVAILABLE', canRetry: true });
    await expectNothingPinned();

    await symlink('/usr/bin/ffmpeg', ffmpegPath);
    const retried = await stage.capture.retry(capturer.user.id, failed.id);
    expect(retried).toMatchObject({ status: 'PROCESSING', errorCode: null });
    expect(await stage.settled(capturer, failed.id)).toMatchObject({ status: 'READY', canRetry: false });
  });

  it('fails clearly when ffmpeg can not be executed', async () => {
    const ffmpegPath = await slowFfmpeg(directory, 0);
    await chmod(ffmpegPath, 0o644);
    await begin({ ffmpegPath });
    expect(await stage.settled(capturer, (await accept()).id)).toMatchObject({
      status: 'FAILED',
      errorCode: 'FFMPEG_UNAVAILABLE',
    });
    await expectNothingPinned();
  });

  it('has its voices without ffmpeg, which a new mix as AAC waits for', async () => {
    const ffmpegPath = join(directory, 'ffmpeg');
    stage = await openCaptureStage({ ffmpegPath });
    capturer = await stage.createCapturer();
    const { communityId, user } = capturer;
    await stage.db.role.updateMany({
      where: { communityId },
      data: { actions: ['CAPTURE_REPLAY', 'CONNECT'] },
    });
    const { dir } = await stage.record(capturer, { startMs, durationMs: 8 * SECOND });
    await keepVoice(dir, user.id, { fromMs: startMs, packets: tonePackets({ hertz: VOICE_HZ, seconds: 8 }) });
    const { id } = await accept();
    const clip = await stage.settled(capturer, id);
    expect(clip).toMatchObject({
      ...{ status: 'READY', audioCodec: 'opus', posterUrl: null },
      ...{ voices: [user.username], isSoundIncomplete: false, tracksUrl: `/api/clips/${id}/tracks` },
    });
    const voice = async () => {
      const { storageKey } = await findClipFile(stage.db, id, 'video');
      return toneLevel(await soundOf(stage.pathOf(storageKey)), VOICE_HZ, 0.2, 2.8);
    };
    const loud = await voice();
    expect(loud).toBeGreaterThan(0.1);
    expect(await stage.quota.mine(user.id)).toMatchObject({ usedBytes: clip.sizeBytes, reservedBytes: 0 });

    // Once it has AAC, a voice can only be taken out of it with ffmpeg.
    await symlink('/usr/bin/ffmpeg', ffmpegPath);
    const postProcessing = await stage.startPostProcessing();
    await postProcessing.sweep();
    await stage.jobs.runAll();
    postProcessing.close();
    expect((await stage.clips.get(user.id, id)).audioCodec).toBe('aac');
    await rm(ffmpegPath);
    await stage.voices.takeOut(user.id, id);
    const requireFile = () => stage.requireFile(id, new AbortController().signal);
    await expect(requireFile()).rejects.toMatchObject({ code: 'FFMPEG_UNAVAILABLE' });
    expect(await stage.clips.get(user.id, id)).toMatchObject({
      isMixing: true,
      voices: [],
      audioCodec: 'aac',
    });
    expect(await voice()).toBeCloseTo(loud, 2);
    await symlink('/usr/bin/ffmpeg', ffmpegPath);
    await requireFile();
    const mixed = await stage.clips.get(user.id, id);
    expect(mixed).toMatchObject({ isMixing: false, audioCodec: 'aac' });
    // What the coder of AAC adds is heard at each frequency.
    expect(await voice()).toBeLessThan(loud / 300);
    expect((await stage.quota.mine(user.id)).usedBytes).toBe(mixed.sizeBytes);
  });

  it('tries again when ffmpeg is killed', async () => {
    await begin({ ffmpegPath: await ffmpegThatIsKilled(directory, 2) });
    const clip = await stage.settled(capturer, (await accept()).id);
    expect(clip.status).toBe('READY');
    const { frames } = await watch(stage.videoPath(capturer, clip.id), { nearMs: startMs });
    expect(Math.abs((frames.at(-1)?.burntMs ?? 0) - startMs - 5933)).toBeLessThan(80);
    expect((await stage.quota.mine(capturer.user.id)).usedBytes).toBe(clip.sizeBytes);
    await stage.jobs.runAll();
    expect(await stage.storedFiles()).toHaveLength(2);
  });

  it('gives up after three tries, and releases quota and files', async () => {
    await begin({ ffmpegPath: await ffmpegThatIsKilled(directory, 99) });
    const clip = await stage.settled(capturer, (await accept()).id);
    expect(clip).toMatchObject({ status: 'FAILED', errorCode: 'CONCATENATION_FAILED', canRetry: true });
    expect(await stage.db.replayClip.findUnique({ where: { id: clip.id } })).toMatchObject({ attempts: 3 });
    await expectNothingPinned();
  });

  it('fails with DISK_LOW when the disk is full', async () => {
    await begin({ ffmpegPath: await ffmpegOnFullDisk(directory) });
    const clip = await stage.settled(capturer, (await accept()).id);
    expect(clip).toMatchObject({ status: 'FAILED', errorCode: 'DISK_LOW', canRetry: true });
    await expectNothingPinned();
  });

  it('stops making a clip that is removed, and keeps nothing of it', async () => {
    await begin({ ffmpegPath: await slowFfmpeg(directory, 15) });
    const clip = await accept();
    await stage.untilPhase(capturer, clip.id, 'ENCODING');
    const removed = await stage.clips.remove(capturer.user.id, clip.id);
    expect(removed.freedBytes).toBe(0);
    await stage.jobs.runAll();
    await expectNothingPinned();
    await expect(stage.clips.get(capturer.user.id, clip.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('leaves a clip to the next start when the server shuts down', async () => {
    await begin({ ffmpegPath: await slowFfmpeg(directory, 15) });
    const clip = await accept();
    await stage.untilPhase(capturer, clip.id, 'ENCODING');
    await stage.jobs.close();
    expect(await stage.clips.get(capturer.user.id, clip.id)).toMatchObject({ status: 'PROCESSING' });
    expect(await stage.db.replayClip.findUnique({ where: { id: clip.id } })).toMatchObject({ attempts: 0 });
    expect(await stage.storedFiles()).toEqual([]);
  });
});
