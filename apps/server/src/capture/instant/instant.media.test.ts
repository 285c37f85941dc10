import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { openFirefoxVideoPage, openVideoPage } from '@hindsight/rig/browsers/video-page';
import { otherLabels } from '@hindsight/mp4/boxes/movie-labels';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findClipFile } from '../../clips/clip-files.ts';
import { openClipServer, type ClipServer } from '../../testing/clip-server.ts';
import { postersAfter, slowPosters } from '../testing/fake-ffmpeg.ts';
import {
  openCaptureStage,
  type Capturer,
  type CaptureStage,
  type StageOptions,
} from '../../testing/capture-stage.ts';
import { watch } from '../testing/watch.ts';

describe('a clip that is served before its file is written', () => {
  let directory: string;
  let stage: CaptureStage;
  let capturer: Capturer;
  /** All tests share this time, and so their media. */
  const startMs = Date.now() - 12 * SECOND;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-instant-'));
  });
  afterEach(async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  });

  /** Records twelve seconds of a share that has ended, and captures the second to the tenth. */
  async function press(
    options: StageOptions = {},
    media: Partial<Parameters<CaptureStage['record']>[1]> = {},
  ) {
    stage = await openCaptureStage(options);
    capturer = await stage.createCapturer();
    const session = await stage.record(capturer, { startMs, durationMs: 12 * SECOND, ...media });
    const { clip } = await stage.captureRange(capturer, startMs + 2000, startMs + 10_000);
    return { session, clip: await stage.watchable(capturer, clip.id) };
  }

  /** Makes the poster slow, and with it the file, which is written after it. */
  const slowly = async (seconds: number): Promise<StageOptions> => ({
    ffmpegPath: await slowPosters(directory, seconds),
  });

  /** Holds the poster back until `letWrite()`, and with it the file, which is written after it. */
  const heldBack = async (): Promise<StageOptions> => ({
    ffmpegPath: await postersAfter(directory, join(directory, 'let')),
  });
  const letWrite = () => writeFile(join(directory, 'let'), '');

  /** Returns what is served in one request, and its entity tag. */
  async function served(clipId: string) {
    const file = await findClipFile(stage.db, clipId, 'video');
    const bytes = await buffer(
      await stage.objects.read(file.storageKey, { start: 0, end: file.sizeBytes - 1 }),
    );
    return { etag: file.etag, sizeBytes: file.sizeBytes, sha256: sha256(bytes), bytes };
  }

  /** Returns a clip as its owner downloads it: with an exact start, and the clip's title and channel in it. */
  async function downloadOf({ id, title }: ClipDto): Promise<Buffer> {
    const { file: exact, storage } = await stage.exactVideos.find(
      await findClipFile(stage.db, id, 'video'),
      60 * SECOND,
    );
    const file = await buffer(await storage.read(exact.storageKey, { start: 0, end: exact.sizeBytes - 1 }));
    const labels = otherLabels(file, { title, album: 'Lounge' });
    labels?.bytes.copy(file, labels.position);
    return file;
  }

  const unwritten = () => stage.db.file.count({ where: { checksum: null } });

  it('has the same bytes and entity tag before and after', async () => {
    const { clip } = await press(await heldBack());
    expect(clip).toMatchObject({ status: 'READY', width: 1024, height: 256, audioCodec: 'opus' });
    expect(clip.videoUrl).not.toBeNull();
    const before = await served(clip.id);
    expect(before.bytes.length).toBe(clip.sizeBytes);
    expect(await unwritten()).toBe(1);

    await letWrite();
    const settled = await stage.settled(capturer, clip.id);
    expect(settled.videoUrl).toBe(clip.videoUrl);
    const path = stage.videoPath(capturer, clip.id);
    expect(sha256(await readFile(path))).toBe(before.sha256);
    expect(await served(clip.id)).toMatchObject({ etag: before.etag, sha256: before.sha256 });
    const row = await stage.db.file.findFirst({ where: { resourceType: 'REPLAY_CLIP' } });
    expect(row).toMatchObject({ checksum: before.sha256, etag: before.etag });
    const { frames } = await watch(path, { nearMs: startMs });
    expect(frames.at(-1)?.burntMs).toBe(startMs + 9933);
    expect((await stage.quota.mine(capturer.user.id)).usedBytes).toBe(clip.sizeBytes);
  });

  it('does not need its buffer any more', async () => {
    const { clip, session } = await press(await heldBack());
    await rm(session.dir, { recursive: true });
    const { sha256: before } = await served(clip.id);
    await letWrite();
    await stage.settled(capturer, clip.id);
    expect((await served(clip.id)).sha256).toBe(before);
  });

  it('is made without ffmpeg, and lacks only its poster', async () => {
    const { clip } = await press({ ffmpegPath: join(directory, 'none') });
    expect(await stage.settled(capturer, clip.id)).toMatchObject({ status: 'READY', posterUrl: null });
    const { frames } = await watch(stage.videoPath(capturer, clip.id), { nearMs: startMs });
    expect(frames.at(-1)?.burntMs).toBe(startMs + 9933);
  });

  it('stays READY while the disk is full, and is written when there is space', async () => {
    let isFull = true;
    const { clip } = await press({
      async onCommit(key) {
        if (isFull && key.endsWith('.mp4'))
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
    });
    const before = await served(clip.id);
    await stage.jobs.runAll();
    expect(await unwritten()).toBe(1);
    expect((await served(clip.id)).sha256).toBe(before.sha256);
    expect(await stage.watchable(capturer, clip.id)).toMatchObject({ status: 'READY', errorCode: null });

    isFull = false;
    await stage.writeUnwritten();
    await stage.settled(capturer, clip.id);
    expect((await served(clip.id)).sha256).toBe(before.sha256);
    await stage.jobs.runAll();
    expect(await stage.storedFiles()).toHaveLength(2);
  });

  it('leaves nothing behind when it is removed for good before', async () => {
    const { clip } = await press(await heldBack());
    await stage.clips.remove(capturer.user.id, clip.id);
    await stage.db.replayClip.deleteMany({ where: { id: clip.id } });
    await stage.db.file.deleteMany();
    await letWrite();
    await expect.poll(() => stage.pinnedClips()).toEqual([]);
    await stage.jobs.runAll();
    expect(await stage.storedFiles()).toEqual([]);
  });

  it('can be trimmed at once', async () => {
    const { clip } = await press(await slowly(2));
    const input = { clipId: clip.id, fromMs: 3000, toMs: 5000, mode: 'new' as const };
    const trim = await stage.trim(capturer, input);
    expect(await unwritten()).toBe(1);
    const settled = await stage.settled(capturer, trim.id);
    expect(settled).toMatchObject({ status: 'READY', durationMs: 2000 });
    const { frames } = await watch(stage.videoPath(capturer, trim.id), { nearMs: startMs });
    expect(Math.abs((frames[1]?.burntMs ?? 0) - startMs - 5000)).toBeLessThan(140);
  });

  describe('over HTTP', () => {
    let server: ClipServer | undefined;
    afterEach(() => server?.close());

    /** The clip is larger than what sockets buffer. */
    const LARGE = { bitrateBps: 24_000_000, width: 1280, height: 720 };

    it('is downloaded in one response while its file is being written', async () => {
      const { clip } = await press(await heldBack(), LARGE);
      server = await openClipServer(stage, capturer);
      const response = await fetch(`${server.origin}/api/clips/${clip.id}/download`);
      const etag = response.headers.get('etag') ?? '';
      const reader = response.body?.getReader();
      const blocks = [(await reader?.read())?.value ?? new Uint8Array()];
      expect(await unwritten()).toBe(1);
      await letWrite();
      await stage.settled(capturer, clip.id);
      await expect.poll(() => stage.pinnedClips()).toEqual([]);
      for (;;) {
        const next = await reader?.read();
        if (next?.value === undefined) break;
        blocks.push(next.value);
      }
      const file = await downloadOf(clip);
      expect(response.headers.get('content-length')).toBe(String(file.length));
      expect(Buffer.concat(blocks).equals(file)).toBe(true);

      // An interrupted download continues, because the entity tag is still the same.
      const headers = { range: 'bytes=1000-', 'if-range': etag };
      const rest = await fetch(`${server.origin}/api/clips/${clip.id}/download`, { headers });
      expect(rest.status).toBe(206);
      expect(Buffer.from(await rest.arrayBuffer()).equals(file.subarray(1000))).toBe(true);
    });

    it('plays in a browser at once, and on to its end while its file is being written', async () => {
      const { clip } = await press(await slowly(5), LARGE);
      server = await openClipServer(stage, capturer);
      await using page = await openVideoPage(server.origin);
      await page.load(clip.videoUrl ?? '');
      const started = await unwritten();
      const played = await page.playFrom(0);
      await stage.settled(capturer, clip.id);
      expect(started).toBe(1);
      expect(Math.abs(played.endedAtSeconds - 8)).toBeLessThan(0.1);
      expect(played.pictures).toBeGreaterThan(8);
      // The player seeks back to where it was read from the pieces, with the browser's cache of that.
      const again = await page.playFrom(6);
      expect(Math.abs(again.endedAtSeconds - 8)).toBeLessThan(0.1);
    });

    it('plays and downloads in Firefox at once, and on to its end while its file is being written', async () => {
      const isPlaying = join(directory, 'playing');
      stage = await openCaptureStage({ ffmpegPath: await postersAfter(directory, isPlaying) });
      capturer = await stage.createCapturer();
      const media = { loopMs: 4 * SECOND, bitrateBps: 8_000_000 };
      const recorded = stage.record(capturer, { startMs, durationMs: 8 * SECOND, ...media });
      // The line is a little faster than playing needs.
      server = await openClipServer(stage, capturer, { bytesPerSecond: 1_700_000 });
      await using page = await openFirefoxVideoPage(server.origin);
      await recorded;
      const { clip: accepted } = await stage.captureRange(capturer, startMs + 2000, startMs + 8000);
      const clip = await stage.watchable(capturer, accepted.id);
      await page.load(clip.videoUrl ?? '');
      await page.beginDownload(`/api/clips/${clip.id}/download`);
      expect(await unwritten()).toBe(1);
      const playing = page.playFrom(0);
      await writeFile(isPlaying, '');
      await stage.settled(capturer, clip.id);
      await expect.poll(() => stage.pinnedClips()).toEqual([]);
      // These are the player's and the download's. An answer that Firefox has aborted ends with its block.
      await expect.poll(() => server?.underWay()).toBe(2);

      const played = await playing;
      expect(Math.abs(played.endedAtSeconds - 6)).toBeLessThan(0.1);
      expect(played.longestStillMs).toBeLessThan(1500);
      expect(await page.shownClock(startMs)).toBe(startMs + 3933);
      const file = await downloadOf(clip);
      expect(await page.finishDownload()).toEqual({ sizeBytes: file.length, sha256: sha256(file) });
      // The player seeks back to where it was read from the pieces.
      expect(Math.abs((await page.playFrom(5)).endedAtSeconds - 6)).toBeLessThan(0.1);
    });

    it('plays across changes of size', async () => {
      stage = await openCaptureStage();
      capturer = await stage.createCapturer();
      const sizes = [
        [1280, 256],
        [1024, 300],
        [1280, 256],
      ] as const;
      for (const [index, [width, height]] of sizes.entries())
        await stage.record(capturer, {
          ...{ startMs: startMs + index * 4 * SECOND, durationMs: 4 * SECOND, width, height },
        });
      const { clip } = await stage.captureRange(capturer, startMs + 3000, startMs + 9000);
      const ready = await stage.watchable(capturer, clip.id);
      expect(ready).toMatchObject({ status: 'READY', width: 1280, height: 256 });
      server = await openClipServer(stage, capturer);
      await using page = await openVideoPage(server.origin);
      await page.load(ready.videoUrl ?? '');
      const played = await page.playFrom(0);
      expect(Math.abs(played.endedAtSeconds - 6)).toBeLessThan(0.1);
      expect(played.sizes).toEqual(['1280x256', '1024x300']);
      // It also seeks back over the change.
      expect((await page.playFrom(2)).sizes).toContain('1024x300');
    });
  });
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
