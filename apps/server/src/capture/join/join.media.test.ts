import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '@hindsight/db/database';
import { createTestDatabase } from '@hindsight/db/testing';
import { readMovieTracks, trackOf, type FileSample } from '@hindsight/mp4/tables/movie-tracks';
import { viewDecoded } from '@hindsight/rig/tools/decoded-file';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { AppError } from '@hindsight/shared/errors';
import { SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerProcessOrder } from '../../testing/capture-process.ts';
import {
  openCaptureStage,
  type Capturer,
  type CaptureStage,
  type StageOptions,
} from '../../testing/capture-stage.ts';
import { slowFfmpeg } from '../testing/fake-ffmpeg.ts';
import { watch } from '../testing/watch.ts';

const LONG_TEST_MS = 240_000;
/** Only the command that joins sound has this in it. */
const JOINING = 'concat=n=';
const SERVER_PROCESS = new URL('../../testing/capture-process.ts', import.meta.url).pathname;
/** The start moves to the edge of a packet of sound, and AAC's packets last 21 ms. */
const TOLERANCE_MS = 40;

type Media = Partial<Parameters<CaptureStage['record']>[1]>;

describe('joining clips', () => {
  let directory: string;
  let stage: CaptureStage;
  let capturer: Capturer;
  /** There is a beep at each whole second of the clock, and no clip begins or ends in one. */
  const startMs = Math.floor(Date.now() / SECOND) * SECOND - 30 * SECOND + 500;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-join-'));
  });
  afterEach(async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  });

  async function open(options: StageOptions = {}): Promise<void> {
    stage = await openCaptureStage(options);
    capturer = await stage.createCapturer();
  }

  async function record(media: Media = {}): Promise<void> {
    await stage.record(capturer, { startMs, durationMs: 12 * SECOND, width: 1024, height: 256, ...media });
  }

  async function captured(fromMs: number, toMs: number): Promise<ClipDto> {
    const { clip } = await stage.captureRange(capturer, startMs + fromMs, startMs + toMs);
    return stage.settled(capturer, clip.id);
  }

  /** Saves two clips of one share, of four and of three seconds. */
  async function twoClips(): Promise<[ClipDto, ClipDto]> {
    await record();
    return [await captured(1000, 5000), await captured(7800, 10_800)];
  }

  async function joined(clips: readonly ClipDto[], title?: string): Promise<ClipDto> {
    const clipIds = clips.map(({ id }) => id);
    const { id } = await stage.join(capturer, { clipIds, ...(title === undefined ? {} : { title }) });
    return stage.settled(capturer, id);
  }

  const pathOf = ({ id }: ClipDto) => stage.videoPath(capturer, id);
  const videoOf = async (clip: ClipDto) => trackOf(await readMovieTracks(pathOf(clip)), 'video');
  const quota = () => stage.quota.mine(capturer.user.id);

  /** Checks that a clip shows these ranges of the share one after the other, and that each beep of them is heard. */
  async function expectRanges(
    clip: ClipDto,
    ranges: readonly [fromMs: number, toMs: number][],
    isHeard: (range: number) => boolean = () => true,
  ): Promise<void> {
    const { pictures, beepsMs, durationMs } = await viewDecoded(pathOf(clip), startMs);
    let beforeMs = 0;
    const expectedBeepsMs: number[] = [];
    for (const [index, [fromMs, toMs]] of ranges.entries()) {
      const shown = (pictures ?? []).filter(
        ({ ptsMs }) => ptsMs > beforeMs + 10 && ptsMs < beforeMs + toMs - fromMs - 10,
      );
      expect(shown.length).toBeGreaterThan(0.9 * 0.015 * (toMs - fromMs));
      for (const { ptsMs, burntMs } of shown.slice(1))
        expect(Math.abs((burntMs ?? 0) - startMs - fromMs - (ptsMs - beforeMs))).toBeLessThan(TOLERANCE_MS);
      for (let atMs = 500; isHeard(index) && atMs < toMs; atMs += SECOND)
        if (atMs >= fromMs) expectedBeepsMs.push(beforeMs + atMs - fromMs);
      beforeMs += toMs - fromMs;
    }
    expect(beepsMs).toHaveLength(expectedBeepsMs.length);
    for (const [index, atMs] of (beepsMs ?? []).entries())
      expect(Math.abs(atMs - (expectedBeepsMs[index] ?? 0))).toBeLessThan(TOLERANCE_MS);
    expect(Math.abs((durationMs ?? 0) - beforeMs)).toBeLessThan(TOLERANCE_MS);
    expect(Math.abs(clip.durationMs - beforeMs)).toBeLessThan(TOLERANCE_MS);
  }

  it('copies pictures of one share, and has the markers and voices of both', async () => {
    await open();
    const [first, second] = await twoClips();
    const other = await stage.createCapturer();
    await stage.db.clipMarker.createMany({
      data: [
        { clipId: first.id, offsetMs: 900, label: 'goal' },
        { clipId: second.id, offsetMs: 100, label: null },
      ],
    });
    const loudness = (value: number, count: number) => new Uint8Array(count).fill(value);
    await stage.db.clipVoice.createMany({
      data: [
        { clipId: first.id, userId: other.user.id, loudness: loudness(10, 30) },
        { clipId: second.id, userId: other.user.id, loudness: loudness(20, 40) },
        { clipId: second.id, userId: capturer.user.id, loudness: loudness(30, 40) },
      ],
    });

    const { usedBytes: before } = await quota();
    // The later one comes first.
    const clip = await joined([second, first], 'Best of');
    expect(clip).toMatchObject({
      ...{ status: 'READY', title: 'Best of', audioCodec: 'aac', width: 1024, height: 256, trimOfId: null },
      ...{ channelId: first.channelId, communityId: first.communityId, from: second.from },
      markers: [
        { offsetMs: 100, label: null },
        { offsetMs: 900 + 3000, label: 'goal' },
      ],
    });
    expect(clip.posterUrl).not.toBeNull();
    await expectRanges(clip, [
      [7800, 10_800],
      [1000, 5000],
    ]);
    expect(await quota()).toMatchObject({ usedBytes: before + clip.sizeBytes, reservedBytes: 0 });

    // All but the beginnings are the very bytes that were there, and one sample entry describes them all.
    const { samples } = await videoOf(clip);
    const bytesOf = ({ sizeBytes, isKey }: FileSample) => `${sizeBytes} ${isKey}`;
    // It begins 0.2 s before a keyframe, which are three pictures.
    const copied = (await videoOf(second)).samples.slice(-42).map(bytesOf);
    expect(samples.slice(3, 45).map(bytesOf)).toEqual(copied);
    // Its last second follows a keyframe.
    expect(samples.slice(-15).map(bytesOf)).toEqual((await videoOf(first)).samples.slice(-15).map(bytesOf));
    expect(new Set(samples.map(({ sampleEntry }) => sampleEntry)).size).toBe(1);

    const voices = await stage.db.clipVoice.findMany({
      where: { clipId: clip.id },
      orderBy: { userId: 'asc' },
    });
    const lanes = new Map(voices.map((voice) => [voice.userId, [...(voice.loudness ?? [])]]));
    expect(lanes.get(other.user.id)).toEqual([...loudness(20, 30), ...loudness(10, 30), ...loudness(0, 10)]);
    expect(lanes.get(capturer.user.id)).toEqual([...loudness(30, 30), ...loudness(0, 40)]);
  });

  it('gives clips of several sizes the largest, and is silent where one has no sound', async () => {
    await open();
    await record({ durationMs: 6 * SECOND });
    const small = await captured(800, 3800);
    await record({ startMs: startMs + 6 * SECOND, durationMs: 6 * SECOND, height: 576, hasAudio: false });
    const large = await captured(6800, 9800);
    const clip = await joined([small, large]);
    expect(small.title).toBe('Lounge, 0:03');
    expect(clip).toMatchObject({ status: 'READY', title: 'Lounge, 0:06', width: 1024, height: 576 });
    const ranges: [number, number][] = [
      [800, 3800],
      [6800, 9800],
    ];
    await expectRanges(clip, ranges, (range) => range === 0);
    const { samples } = await videoOf(clip);
    expect(new Set(samples.map(({ sampleEntry }) => sampleEntry)).size).toBe(1);
  });

  it('joins what LiveKit Egress recorded, whose pictures are out of order, with another clip', async () => {
    await open();
    await stage.recordByEgress(capturer, { startMs: startMs - 40 * SECOND });
    const { clip } = await stage.captureRange(capturer, startMs - 38 * SECOND, startMs - 33 * SECOND);
    const egress = await stage.settled(capturer, clip.id);
    await record({ width: egress.width ?? 0, height: egress.height ?? 0 });
    const other = await captured(800, 3800);
    const all = await joined([other, egress]);
    expect(all).toMatchObject({ status: 'READY', width: egress.width, height: egress.height });
    expect(Math.abs(all.durationMs - other.durationMs - egress.durationMs)).toBeLessThan(TOLERANCE_MS);
    const { samples } = await videoOf(all);
    const shownIn = async (one: ClipDto) => (await watch(pathOf(one), { nearMs: startMs })).frames.length;
    expect(Math.abs(samples.length - (await shownIn(other)) - (await shownIn(egress)))).toBeLessThan(3);
    expect(new Set(samples.map(({ sampleEntry }) => sampleEntry)).size).toBe(1);
    expect(await shownIn(all)).toBe(samples.length);
  });

  it('is refused where a clip is somebody else’s, not ready or too much for the quota', async () => {
    await open();
    const [first, second] = await twoClips();
    const stranger = await stage.createCapturer();
    const ids = { clipIds: [first.id, second.id] };
    await expect(stage.join(stranger, ids)).rejects.toThrow(new AppError('NOT_FOUND'));
    await stage.db.replayClip.update({ where: { id: second.id }, data: { status: 'FAILED' } });
    await expect(stage.join(capturer, ids)).rejects.toThrow(new AppError('CLIP_NOT_READY'));
    await stage.db.replayClip.update({ where: { id: second.id }, data: { status: 'READY' } });
    const { usedBytes } = await quota();
    await stage.db.userReplayQuota.updateMany({
      where: { userId: capturer.user.id },
      data: { quotaBytes: BigInt(usedBytes + 1000) },
    });
    await expect(stage.join(capturer, ids)).rejects.toThrow(new AppError('QUOTA_EXCEEDED'));
    expect(await quota()).toMatchObject({ usedBytes, reservedBytes: 0 });
    expect(await stage.db.replayClip.count({ where: { userId: capturer.user.id } })).toBe(2);
  });

  describe('while one of them changes', () => {
    beforeEach(async () => open({ ffmpegPath: await slowFfmpeg(directory, 2, JOINING) }));

    /** Begins to join two clips, and waits until their sound is being joined. */
    async function begun(): Promise<{ first: ClipDto; id: string; usedBytes: number; files: number }> {
      const [first, second] = await twoClips();
      const { usedBytes } = await quota();
      const files = (await stage.storedFiles()).length;
      const { id } = await stage.join(capturer, { clipIds: [first.id, second.id] });
      await stage.untilPhase(capturer, id, 'ENCODING');
      return { first, id, usedBytes, files };
    }

    it('fails clearly when one is deleted, and can be made again when that is undone', async () => {
      const { first, id, usedBytes, files } = await begun();
      await stage.clips.remove(capturer.user.id, first.id);
      const failed = await stage.settled(capturer, id);
      expect(failed).toMatchObject({ status: 'FAILED', errorCode: 'JOINED_CLIP_CHANGED', canRetry: false });
      expect(await quota()).toMatchObject({ usedBytes: usedBytes - first.sizeBytes, reservedBytes: 0 });
      expect(await stage.storedFiles()).toHaveLength(files);
      await expect(stage.capture.retry(capturer.user.id, id)).rejects.toThrow(
        new AppError('CLIP_NOT_RETRYABLE'),
      );

      await stage.clips.restore(capturer.user.id, [first.id]);
      expect(await stage.clips.get(capturer.user.id, id)).toMatchObject({ canRetry: true });
      await stage.capture.retry(capturer.user.id, id);
      const clip = await stage.settled(capturer, id);
      expect(clip).toMatchObject({ status: 'READY', errorCode: null });
      expect(await quota()).toMatchObject({ usedBytes: usedBytes + clip.sizeBytes, reservedBytes: 0 });
    });

    it('fails clearly when somebody takes their voice out of one, for good', async () => {
      const { first, id } = await begun();
      const { user } = await stage.createCapturer();
      const voice = { clipId: first.id, userId: user.id };
      await stage.db.clipVoice.create({ data: { ...voice, takenOutAt: new Date() } });
      const failed = await stage.settled(capturer, id);
      expect(failed).toMatchObject({ status: 'FAILED', errorCode: 'JOINED_CLIP_CHANGED', canRetry: false });
      expect(await stage.db.clipVoice.count({ where: { clipId: id } })).toBe(0);
    });

    it('fails clearly when one is trimmed in its place', async () => {
      const { first, id } = await begun();
      const range = { clipId: first.id, fromMs: 1000, toMs: 3000, mode: 'replace' as const };
      await stage.trim(capturer, range);
      // Trims and joins are made one after the other, so the clip is made shorter by hand, as the trim does.
      await stage.db.replayClip.update({ where: { id: first.id }, data: { durationMs: 2000 } });
      expect(await stage.settled(capturer, id)).toMatchObject({
        ...{ status: 'FAILED', errorCode: 'JOINED_CLIP_CHANGED' },
      });
    });
  });

  it('leaves nothing behind on a full disk, and is made when there is space', async () => {
    let isFull = false;
    await open({
      async onCommit(key) {
        if (isFull && key.endsWith('.mp4'))
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
    });
    const clips = await twoClips();
    const { usedBytes } = await quota();
    const files = await stage.storedFiles();
    isFull = true;
    const failed = await joined(clips);
    expect(failed).toMatchObject({ status: 'FAILED', errorCode: 'DISK_LOW', canRetry: true });
    expect(await stage.storedFiles()).toEqual(files);
    expect(await quota()).toMatchObject({ usedBytes, reservedBytes: 0 });

    isFull = false;
    await stage.capture.retry(capturer.user.id, failed.id);
    const clip = await stage.settled(capturer, failed.id);
    await expectRanges(clip, [
      [1000, 5000],
      [7800, 10_800],
    ]);
    expect(await quota()).toMatchObject({ usedBytes: usedBytes + clip.sizeBytes, reservedBytes: 0 });
  });
});

describe('joining clips on a server that is killed', () => {
  it(
    'is finished by the next one, with quota and files exact',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'hindsight-join-'));
      const database = await createTestDatabase();
      const openStage = async () =>
        openCaptureStage({ directory, database: await openDatabase(database.url) });
      try {
        const before = await openStage();
        const capturer = await before.createCapturer();
        const startMs = Date.now() - 20 * SECOND;
        await before.record(capturer, { startMs, durationMs: 12 * SECOND, width: 1024, height: 256 });
        const clipIds: string[] = [];
        for (const fromMs of [1000, 6000]) {
          const { clip } = await before.captureRange(capturer, startMs + fromMs, startMs + fromMs + 4000);
          clipIds.push((await before.settled(capturer, clip.id)).id);
        }
        const { usedBytes } = await before.quota.mine(capturer.user.id);
        const files = (await before.storedFiles()).length;
        await before.close();

        const { user, channelId } = capturer;
        const ffmpegPath = await slowFfmpeg(directory, 1, JOINING);
        const order: ServerProcessOrder = {
          ...{ directory, databaseUrl: database.url, ffmpegPath, user, channelId },
          ...{ ranges: [], joins: [{ clipIds }] },
        };
        const child = spawn(process.execPath, [SERVER_PROCESS, JSON.stringify(order)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const ended = once(child, 'exit');
        await once(child.stdout, 'data');
        await sleep(500);
        child.kill('SIGKILL');
        await ended;

        const after = await openStage();
        try {
          const row = await after.db.replayClip.findFirstOrThrow({ where: { id: { notIn: clipIds } } });
          const clip = await after.settled(capturer, row.id);
          expect(clip).toMatchObject({ status: 'READY', durationMs: 8000 });
          await after.jobs.runAll();
          expect(await after.storedFiles()).toHaveLength(files + 2);
          expect(await after.quota.mine(user.id)).toMatchObject({
            ...{ usedBytes: usedBytes + clip.sizeBytes, reservedBytes: 0 },
          });
        } finally {
          await after.close();
        }
      } finally {
        await database.drop();
        await rm(directory, { recursive: true });
      }
    },
    LONG_TEST_MS,
  );
});
