import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audioDelayMs } from '@hindsight/rig/media/clip-probe';
import { defaultTitle } from '@hindsight/shared/clips/default-title';
import type { ClipDto, ClipEvent } from '@hindsight/shared/clips/clip';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLinks } from '../../links/links.service.ts';
import { readPictures } from '../lifecycle/clip-pictures.ts';
import { ffmpegThatEncodesBadly } from '../testing/fake-ffmpeg.ts';
import { openCaptureStage, type Capturer, type CaptureStage } from '../../testing/capture-stage.ts';
import { watch } from '../testing/watch.ts';

type Media = Partial<Parameters<CaptureStage['record']>[1]>;

/** Four trims are checked picture by picture. */
const LONG_TEST_MS = 300_000;
/** Each whole second beeps for this long. */
const BEEP_MS = 100;
/** A frame of these shares lasts this long, at 15 per second. */
const FRAME_MS = 67;

describe('trimming', () => {
  let stage: CaptureStage;
  let capturer: Capturer;
  let startMs: number;
  beforeAll(async () => {
    stage = await openCaptureStage();
    startMs = Date.now() - 30 * SECOND;
  });
  beforeEach(async () => {
    capturer = await stage.createCapturer();
  });
  afterAll(() => stage.close());

  /**
   * Captures a clip of 12 s that begins in the middle of a GOP. The pictures before its start are in the file, but
   * hidden.
   */
  async function captured(media: Media = {}): Promise<ClipDto> {
    await stage.record(capturer, { startMs, durationMs: 16 * SECOND, width: 1024, height: 256, ...media });
    const { clip } = await stage.captureRange(capturer, startMs + 2530, startMs + 14_530);
    return stage.settled(capturer, clip.id);
  }

  const watched = (clipId: string) => watch(stage.videoPath(capturer, clipId), { nearMs: startMs });

  async function trimmed(clip: ClipDto, fromMs: number, toMs: number): Promise<ClipDto> {
    const trim = await stage.trim(capturer, { clipId: clip.id, fromMs, toMs, mode: 'new' });
    // The title says how long the trim is, as the clip's did.
    expect(trim.title).toBe(defaultTitle('Lounge', toMs - fromMs));
    return stage.settled(capturer, trim.id);
  }

  type Seen = Awaited<ReturnType<typeof watched>>;

  /** Checks that the trim shows each picture of the range at its time, and no other. */
  function expectExactPictures(trim: Seen, source: Seen, fromMs: number, toMs: number): void {
    const first = source.frames.findLastIndex(({ ptsMs }) => ptsMs <= fromMs + 0.01);
    const shown = source.frames.slice(first).filter(({ ptsMs }) => ptsMs < toMs - 0.5);
    expect(trim.frames.map(({ burntMs }) => burntMs)).toEqual(shown.map(({ burntMs }) => burntMs));
    expect(trim.frames.map(({ burntMs }) => burntMs)).not.toContain(null);
    for (const [index, { ptsMs }] of trim.frames.entries())
      expect(Math.abs(ptsMs - Math.max(0, (shown[index]?.ptsMs ?? 0) - fromMs))).toBeLessThan(1);
    expect(trim.frames[0]?.ptsMs).toBe(0);
  }

  it(
    'shows exactly the pictures of the range, wherever it begins and ends',
    async () => {
      const clip = await captured();
      const source = await watched(clip.id);
      const random = randomNumbers(clip.durationMs);
      const ranges = [
        [0, 5000],
        [11_300, 12_000],
        ...Array.from({ length: 2 }, () => [random(), random()].toSorted((a, b) => a - b)),
      ];
      for (const [fromMs = 0, otherMs = 0] of ranges) {
        const toMs = Math.min(clip.durationMs, Math.max(otherMs, fromMs + 500));
        if (toMs - fromMs < 500) continue;
        const trim = await trimmed(clip, fromMs, toMs);
        expect(trim).toMatchObject({ status: 'READY', audioCodec: 'aac', trimOfId: clip.id });
        expect(Date.parse(trim.from)).toBe(Date.parse(clip.from) + fromMs);
        expect(Math.abs(trim.durationMs - (toMs - fromMs))).toBeLessThan(FRAME_MS);
        const seen = await watched(trim.id);
        expectExactPictures(seen, source, fromMs, toMs);
        expect(Math.abs((seen.summary.video?.durationMs ?? 0) - (toMs - fromMs))).toBeLessThan(2);
        // A beep that began before the cut seems to begin at the cut.
        const beepsMs = seen.beepsMs.filter((ms) => ms > BEEP_MS);
        if (beepsMs.length > 0) expect(Math.abs(audioDelayMs(seen.frames, beepsMs) ?? 0)).toBeLessThan(15);
        // No sample lies before the start, so a player that ignores edit lists begins at the same picture.
        const pictures = await readPictures(stage.videoPath(capturer, trim.id));
        expect(pictures[0]).toMatchObject({ atSeconds: 0, isKeyframe: true });
        expect(pictures).toHaveLength(seen.frames.length);
      }
    },
    LONG_TEST_MS,
  );

  it('stays within its reservation for busy and for still pictures', async () => {
    const busy = await captured({ bitrateBps: 5_000_000 });
    const { id, sizeBytes: reservedBytes } = await stage.trim(capturer, {
      clipId: busy.id,
      fromMs: 2000,
      toMs: 9000,
      mode: 'new',
    });
    expect((await stage.quota.mine(capturer.user.id)).reservedBytes).toBe(reservedBytes);
    const trim = await stage.settled(capturer, id);
    expect(trim.sizeBytes).toBeLessThanOrEqual(reservedBytes);
    expect(await stage.quota.mine(capturer.user.id)).toMatchObject({
      usedBytes: busy.sizeBytes + trim.sizeBytes,
      reservedBytes: 0,
    });
  });

  it('begins with a picture that was drawn long before, and keeps the last one to the end', async () => {
    const clip = await captured({ framesPerSecond: 1 });
    const source = await watched(clip.id);
    const trim = await trimmed(clip, 3700, 9900);
    const seen = await watched(trim.id);
    expectExactPictures(seen, source, 3700, 9900);
    expect(Math.abs((seen.summary.video?.durationMs ?? 0) - 6200)).toBeLessThan(2);
  });

  it('cuts a share without sound, and a trim of a trim', async () => {
    const clip = await captured({ hasAudio: false });
    const source = await watched(clip.id);
    const once = await trimmed(clip, 2345, 11_345);
    expect(once.audioCodec).toBeNull();
    const twice = await trimmed(once, 1111, 4444);
    expectExactPictures(await watched(twice.id), source, 2345 + 1111, 2345 + 4444);
  });

  it('replaces a clip: same id, links and messages, a title of its new length, other bytes; quota and files exact', async () => {
    const { user, channelId } = capturer;
    const clip = await captured();
    await stage.db.clipMarker.createMany({
      data: [1000, 6000, 11_000].map((offsetMs) => ({ clipId: clip.id, offsetMs, label: `${offsetMs}` })),
    });
    const links = createLinks({ db: stage.db, events: stage.events, onChanged: async () => undefined });
    const link = await links.create(user.id, clip.id, null);
    await stage.db.message.create({
      data: { channelId, authorId: user.id, text: '', clipId: clip.id, hasClip: true },
    });
    const source = await watched(clip.id);
    const events: ClipEvent[] = [];
    stage.events.listen('clip', ({ event }) => void events.push(event));

    const replacement = await stage.trim(capturer, {
      clipId: clip.id,
      fromMs: 5000,
      toMs: 10_000,
      mode: 'replace',
    });
    expect(replacement).toMatchObject({ status: 'PROCESSING', isReplacement: true, trimOfId: clip.id });
    // The clip can be watched unchanged meanwhile.
    expect(await stage.clips.file(user.id, clip.id, 'video')).toMatchObject({ sizeBytes: clip.sizeBytes });
    const gone = () => events.some((event) => event.type === 'removed' && event.clipId === replacement.id);
    await expect.poll(gone).toBe(true);

    const now = await stage.clips.get(user.id, clip.id);
    expect(clip.title).toBe(defaultTitle('Lounge', clip.durationMs));
    const title = defaultTitle('Lounge', 5000);
    expect(now).toMatchObject({ id: clip.id, title, status: 'READY', durationMs: 5000 });
    expect(now.markers).toEqual([{ offsetMs: 1000, label: '6000' }]);
    expect(now.videoUrl).not.toBe(clip.videoUrl);
    expect(events.findLast((event) => event.type === 'changed')).toMatchObject({ clip: { id: clip.id } });
    expect((await links.get(link.path.replace('/l/', ''))).durationMs).toBe(5000);
    expect(await stage.db.message.count({ where: { clipId: clip.id } })).toBe(1);
    expect((await stage.clips.list(user.id, { offset: 0, limit: 9, sort: 'newest' })).total).toBe(1);

    const file = await stage.clips.file(user.id, clip.id, 'video');
    const path = stage.pathOf(file.storageKey);
    expectExactPictures(await watch(path, { nearMs: startMs }), source, 5000, 10_000);
    expect(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ).toBe(file.etag);
    // What was cut off isn't served any more, not even by the URL of the earlier file.
    const earlier = new URL(clip.videoUrl ?? '', 'http://localhost').searchParams.get('v') ?? '';
    expect(await stage.clips.file(user.id, clip.id, 'video', earlier)).toEqual(file);
    expect(await stage.quota.mine(user.id)).toMatchObject({ usedBytes: now.sizeBytes, reservedBytes: 0 });
    await stage.deleteRemoved(new AbortController().signal);
    const files = (await stage.storedFiles()).filter((stored) => stored.includes(user.id));
    expect(files).toHaveLength(2);
  });

  it('replaces a clip and leaves it the title that its owner gave it meanwhile', async () => {
    const { user } = capturer;
    const clip = await captured();
    const asked = { clipId: clip.id, fromMs: 5000, toMs: 10_000, mode: 'replace' } as const;
    const { title } = await stage.trim(capturer, asked);
    expect(title).toBe(defaultTitle('Lounge', 5000));
    await stage.clips.update(user.id, clip.id, { title: 'The save, 0:07' });
    await expect.poll(async () => (await stage.clips.get(user.id, clip.id)).durationMs).toBe(5000);
    expect((await stage.clips.get(user.id, clip.id)).title).toBe('The save, 0:07');
  });

  it('refuses a range outside the clip, a clip of others, and a clip that is being trimmed', async () => {
    const clip = await captured();
    const ask = (change: object) => {
      const asked = { clipId: clip.id, fromMs: 0, toMs: 5000, mode: 'replace' as const, ...change };
      return stage.trim(capturer, asked);
    };
    await expect(ask({ fromMs: 11_800, toMs: 60_000 })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    const stranger = await stage.createCapturer();
    await expect(
      stage.trim(stranger, { clipId: clip.id, fromMs: 0, toMs: 5000, mode: 'new' }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const running = await ask({});
    await expect(ask({})).rejects.toMatchObject({ code: 'CLIP_NOT_READY' });
    await expect(ask({ mode: 'new' })).rejects.toMatchObject({ code: 'CLIP_NOT_READY' });
    await expect(ask({ clipId: running.id })).rejects.toMatchObject({ code: 'CLIP_NOT_READY' });
    // Deleting the clip that is being trimmed cancels the trim too.
    await stage.clips.remove(capturer.user.id, clip.id);
    await stage.jobs.runAll();
    expect(await stage.quota.mine(capturer.user.id)).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
    await stage.clips.restore(capturer.user.id, [clip.id]);
    expect((await stage.clips.get(capturer.user.id, clip.id)).durationMs).toBe(clip.durationMs);
  });
});

it(
  'fails cleanly when it can not be encoded, and is made on retry or cancelled',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hindsight-trim-'));
    // Each trim is tried three times.
    const stage = await openCaptureStage({
      directory,
      ffmpegPath: await ffmpegThatEncodesBadly(directory, 3),
    });
    try {
      const capturer = await stage.createCapturer();
      const { user } = capturer;
      const startMs = Date.now() - 8 * SECOND;
      await stage.record(capturer, { startMs, durationMs: 8 * SECOND, width: 1024, height: 256 });
      const { clip } = await stage.captureRange(capturer, startMs, startMs + 8000);
      const original = await stage.settled(capturer, clip.id);
      const asked = { clipId: clip.id, fromMs: 1000, toMs: 3000, mode: 'replace' as const };

      const failed = await stage.settled(capturer, (await stage.trim(capturer, asked)).id);
      expect(failed).toMatchObject({ status: 'FAILED', errorCode: 'CONCATENATION_FAILED', canRetry: true });
      expect(await stage.clips.get(user.id, clip.id)).toEqual(original);
      const usedBytes = original.sizeBytes;
      expect(await stage.quota.mine(user.id)).toMatchObject({ usedBytes, reservedBytes: 0 });

      await stage.capture.retry(user.id, failed.id);
      const duration = async () => (await stage.clips.get(user.id, clip.id)).durationMs;
      await expect.poll(duration, { timeout: 60_000 }).toBe(2000);
      await expect(stage.clips.get(user.id, failed.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });

      const cancelled = await stage.trim(capturer, { ...asked, fromMs: 0, toMs: 1000, mode: 'new' });
      await stage.clips.remove(user.id, cancelled.id);
      await stage.jobs.runAll();
      expect(await stage.quota.mine(user.id)).toMatchObject({ reservedBytes: 0 });
      expect((await stage.clips.list(user.id, { offset: 0, limit: 9, sort: 'newest' })).total).toBe(1);
    } finally {
      await stage.close();
      await rm(directory, { recursive: true });
    }
  },
  LONG_TEST_MS,
);

/** Returns random numbers, which are the same in each run. Those of a failure are in its message. */
function randomNumbers(below: number): () => number {
  let state = 20_261_121;
  return () => {
    state = (state * 48_271) % 0x7f_ff_ff_ff;
    return state % below;
  };
}
