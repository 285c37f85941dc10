import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { VOICES_FOLDER } from '@hindsight/recorder/voices/voice-piece';
import { readMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';
import { soundOf, soundTitles, toneLevel } from '@hindsight/rig/media/sound-of';
import { LEAST_GAIN_DB, type CaptureLevels } from '@hindsight/shared/clips/clip-voices';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findClipFile } from '../../clips/clip-files.ts';
import { createLog } from '../../log.ts';
import { openCaptureStage, type Capturer, type CaptureStage } from '../../testing/capture-stage.ts';
import { createClipObjects } from '../instant/clip-objects.ts';
import { createMixedChunks } from '../instant/mixed-chunks.ts';
import { createPinnedSegments } from '../instant/pinned-segments.ts';
import { postersAfter } from '../testing/fake-ffmpeg.ts';
import { watch } from '../testing/watch.ts';
import { startMixThreads } from './mix-threads.ts';
import { SHARE_TRACK } from './separate-tracks.ts';
import { keepVoice } from './testing/kept-voice.ts';
import { tonePackets } from './testing/tones.ts';

/** The share beeps at 1000 Hz; each voice has a tone of its own. */
const SHARER_HZ = 440;
const FRIEND_HZ = 640;
const OTHER_HZ = 1700;
/** A voice's tone is this loud, of 1. */
const TONE = 8000 / 32_768;

describe('a clip in which voices are heard', () => {
  let directory: string;
  let stage: CaptureStage;
  let sharer: Capturer;
  /** Objects whose keys match this can't be stored. */
  const commits = {
    failOn: null as RegExp | null,
    failed: 0,
    async check(key: string) {
      if (commits.failOn?.test(key) !== true) return;
      commits.failed++;
      throw new Error('the storage refuses this');
    },
  };
  /** All tests share this time, and so their media. The share beeps at whole seconds, far from where a clip begins or ends. */
  const startMs = Math.floor(Date.now() / SECOND) * SECOND - 12.5 * SECOND;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-voices-'));
    const ffmpegPath = await postersAfter(directory, join(directory, 'let'));
    stage = await openCaptureStage({
      ffmpegPath,
      directory: join(directory, 'data'),
      onCommit: commits.check,
    });
    Object.assign(commits, { failOn: null, failed: 0 });
    sharer = await stage.createCapturer();
    const { communityId } = sharer;
    const actions = ['CAPTURE_REPLAY', 'CONNECT'] as const;
    await stage.db.role.updateMany({ where: { communityId }, data: { actions: [...actions] } });
  });
  afterEach(async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  });

  const letWrite = () => writeFile(join(directory, 'let'), '');

  /** Makes somebody a member of the sharer's community, who has agreed that their voice is kept, or not. */
  async function friend(mayKeepVoice: boolean): Promise<string> {
    const { user } = await stage.createCapturer();
    const { communityId } = sharer;
    const role = await stage.db.role.findFirstOrThrow({ where: { communityId } });
    await stage.db.communityMember.create({ data: { communityId, userId: user.id, mayKeepVoice } });
    await stage.db.memberRole.create({ data: { communityId, userId: user.id, roleId: role.id } });
    return user.id;
  }

  /** Says something from one second of the recording to another. */
  const says = (folder: string, userId: string, hertz: number, [fromSeconds, toSeconds]: [number, number]) =>
    keepVoice(folder, userId, {
      fromMs: startMs + fromSeconds * SECOND,
      packets: tonePackets({ hertz, seconds: toSeconds - fromSeconds }),
    });

  const rangeOf = ([fromSeconds, toSeconds]: [number, number]) => ({
    from: new Date(startMs + fromSeconds * SECOND).toISOString(),
    to: new Date(startMs + toSeconds * SECOND).toISOString(),
  });

  const record = () => stage.record(sharer, { startMs, durationMs: 12 * SECOND });

  /** Records the sharer all the time, and a friend from the fifth to the seventh second. Returns the friend’s id and the folder. */
  async function recordWithFriend() {
    const { dir } = await record();
    await says(dir, sharer.user.id, SHARER_HZ, [0, 12]);
    const friendId = await friend(true);
    await says(dir, friendId, FRIEND_HZ, [5, 7]);
    return { dir, friendId };
  }

  /** Captures the second to the tenth second of the recording. */
  async function press() {
    const { clip } = await stage.captureRange(sharer, startMs + 2000, startMs + 10_000);
    return stage.watchable(sharer, clip.id);
  }

  async function served(clipId: string, [start, end]: [number, number] | [] = []) {
    const file = await findClipFile(stage.db, clipId, 'video');
    const range = { start: start ?? 0, end: end ?? file.sizeBytes - 1 };
    return { etag: file.etag, bytes: await buffer(await stage.objects.read(file.storageKey, range)) };
  }

  /** Decodes the sound of a clip as it is served, as a player hears it. */
  async function heardIn(clipId: string): Promise<Float64Array> {
    const path = join(directory, 'served.mp4');
    await writeFile(path, (await served(clipId)).bytes);
    return soundOf(path);
  }

  it('has the share and those who agreed, and nobody else', async () => {
    const { dir } = await record();
    const [agreed, refused] = [await friend(true), await friend(false)];
    await says(dir, sharer.user.id, SHARER_HZ, [0, 12]);
    await says(dir, agreed, FRIEND_HZ, [5, 12]);
    await says(dir, refused, OTHER_HZ, [0, 12]);
    // This file is no voice.
    const broken = join(dir, VOICES_FOLDER, await friend(true));
    await mkdir(broken);
    await writeFile(join(broken, `0-${startMs + 3000}.voice`), Buffer.alloc(5000, 0xa7));
    const clip = await press();
    expect(clip).toMatchObject({ status: 'READY', audioCodec: 'opus' });
    const sound = await heardIn(clip.id);
    expect(sound.length / OPUS_RATE).toBeCloseTo(8, 1);
    expect(toneLevel(sound, SHARER_HZ, 0.2, 7.8)).toBeCloseTo(TONE, 2);
    expect(toneLevel(sound, FRIEND_HZ, 3.2, 7.8)).toBeCloseTo(TONE, 2);
    // -60 dB against the others.
    for (const [from, to] of [
      [0.2, 4],
      [4, 7.8],
    ] as const)
      expect(toneLevel(sound, OTHER_HZ, from, to)).toBeLessThan(TONE / 1000);
    expect(toneLevel(sound, FRIEND_HZ, 0.2, 2.8)).toBeLessThan(TONE / 1000);
    // The friend begins after three seconds of the clip.
    const begins = Array.from({ length: 8000 }, (_, ms) => ms / SECOND).find(
      (time) => toneLevel(sound, FRIEND_HZ, time - 0.01, time + 0.01) > TONE / 2,
    );
    expect(Math.abs((begins ?? 0) - 3)).toBeLessThan(0.02);
    const { beepsMs, frames, audioDelayMs } = await watch(join(directory, 'served.mp4'), { nearMs: startMs });
    expect(beepsMs).toHaveLength(8);
    expect(Math.abs(audioDelayMs ?? 1000)).toBeLessThan(20);
    expect(frames[0]?.burntMs).toBe(startMs + 2000);
    const voices = (await stage.db.clipVoice.findMany({ where: { clipId: clip.id } })).map(
      ({ userId }) => userId,
    );
    expect(voices).toEqual(expect.arrayContaining([sharer.user.id, agreed]));
    expect(voices).not.toContain(refused);
  });

  it('has the same bytes in its file, and whoever mixes it', async () => {
    const { dir, friendId } = await recordWithFriend();
    const clip = await press();
    const before = await served(clip.id);
    expect(before.bytes).toHaveLength(clip.sizeBytes);
    // Another server mixes it too, after a crash has left half a chunk, and the buffer is gone.
    await rm(dir, { recursive: true });
    const chunks = join(stage.bufferDir, 'held', clip.id, 'mix');
    const kept = async () => (await readdir(chunks)).filter((name) => /^[01]-[\da-f-]{36}$/.test(name));
    await expect.poll(kept).toHaveLength(2);
    const [first = '', second = ''] = (await kept()).toSorted();
    await rm(join(chunks, first));
    await truncate(join(chunks, second), 1000);
    expect((await servedElsewhere(clip.id)).equals(before.bytes)).toBe(true);

    await letWrite();
    const { sizeBytes } = await stage.settled(sharer, clip.id);
    expect(sha256(await readFile(stage.videoPath(sharer, clip.id)))).toBe(sha256(before.bytes));
    expect((await served(clip.id)).etag).toBe(before.etag);
    expect(await stage.pinnedClips()).toEqual([]);
    expect((await stage.quota.mine(sharer.user.id)).usedBytes).toBe(sizeBytes);

    // The clip and a trim of it know who spoke when: the friend from its third to its fifth second.
    const { id: trimId } = await stage.trim(sharer, {
      clipId: clip.id,
      fromMs: 4000,
      toMs: 7000,
      mode: 'new',
    });
    await stage.settled(sharer, trimId);
    for (const [id, seconds, spoken] of [
      [clip.id, 8, [3, 5]],
      [trimId, 3, [0, 1]],
    ] as const) {
      const lanes = await stage.clips.lanes(sharer.user.id, id);
      expect(new Set(lanes.map(({ voice }) => voice?.userId ?? null))).toEqual(
        new Set([null, sharer.user.id, friendId]),
      );
      for (const { voice, peaks } of lanes) {
        expect(peaks).toHaveLength(seconds * 10);
        // The share beeps each second.
        const loud = peaks.flatMap((peak, index) => (peak > 60 ? index / 10 : []));
        const [from, to] = voice?.userId === friendId ? spoken : [0, seconds];
        expect(loud[0]).toBeGreaterThanOrEqual(from - 0.1);
        expect(loud[0]).toBeLessThan(from + 1);
        expect(loud.at(-1)).toBeLessThanOrEqual(to + 0.1);
        expect(loud.at(-1)).toBeGreaterThan(to - 1);
      }
    }

    const postProcessing = await stage.startPostProcessing();
    await postProcessing.sweep();
    await stage.jobs.runAll();
    postProcessing.close();
    expect((await stage.clips.get(sharer.user.id, clip.id)).audioCodec).toBe('aac');
    expect(toneLevel(await heardIn(clip.id), SHARER_HZ, 0.2, 7.8)).toBeCloseTo(TONE, 2);
  });

  it('has its sounds in tracks of their own as well, which go where the clip goes', async () => {
    const { friendId } = await recordWithFriend();
    await letWrite();
    const { id } = await press();
    const clip = await stage.settled(sharer, id);
    expect(clip.tracksUrl).toBe(`/api/clips/${id}/tracks`);
    await requireExactQuota();
    expect(await heardApart(id)).toEqual([
      { title: 'Mix', share: true, sharer: true, friend: [3, 5] },
      { title: 'Share', share: true, sharer: false, friend: null },
      { title: sharer.user.username, share: false, sharer: true, friend: null },
      { title: await nameOf(friendId), share: false, sharer: false, friend: [3, 5] },
    ]);

    const cut = { clipId: id, fromMs: 4000, toMs: 7000 } as const;
    const { id: trimId } = await stage.trim(sharer, { ...cut, mode: 'new' });
    await stage.settled(sharer, trimId);
    await requireExactQuota();
    const ofTrim = [
      { title: 'Mix', share: true, sharer: true, friend: [0, 1] },
      { title: 'Share', share: true, sharer: false, friend: null },
      { title: sharer.user.username, share: false, sharer: true, friend: null },
      { title: await nameOf(friendId), share: false, sharer: false, friend: [0, 1] },
    ];
    expect(await heardApart(trimId)).toEqual(ofTrim);

    const postProcessing = await stage.startPostProcessing();
    await postProcessing.sweep();
    await stage.jobs.runAll();
    postProcessing.close();
    const processed = await stage.clips.get(sharer.user.id, id);
    expect(processed).toMatchObject({ audioCodec: 'aac', tracksUrl: clip.tracksUrl });
    await requireExactQuota();
    const apart = await heardApart(id);
    expect(apart.map(({ title }) => title)).toEqual(ofTrim.map(({ title }) => title));
    expect(apart[0]).toMatchObject({ share: true, sharer: true, friend: [3, 5] });
    expect(apart[3]).toMatchObject({ share: false, sharer: false, friend: [3, 5] });

    const { id: replacingId } = await stage.trim(sharer, { ...cut, mode: 'replace' });
    const isReplacing = () => stage.db.replayClip.count({ where: { id: replacingId } });
    await expect.poll(isReplacing, { timeout: MINUTE }).toBe(0);
    expect(await heardApart(id)).toEqual(ofTrim);
    await requireExactQuota();
    await stage.clips.removeMany(sharer.user.id, [id, trimId]);
    expect((await stage.quota.mine(sharer.user.id)).usedBytes).toBe(0);
    await stage.clips.restore(sharer.user.id, [id, trimId]);
    await requireExactQuota();
  });

  it('is mixed anew without whoever takes their voice back', async () => {
    const { friendId } = await recordWithFriend();
    const friendName = await nameOf(friendId);
    const { id } = await press();
    expect((await stage.voices.list(friendId, { limit: 10 })).items).toMatchObject([
      { clipId: id, ownerName: sharer.user.username, isMine: false, isShared: false, hasLink: false },
    ]);
    await expect(stage.voices.takeOut((await stage.createCapturer()).user.id, id)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });

    // The clip isn't written yet. The new mix waits for that.
    expect(await stage.voices.takeOut(friendId, id)).toEqual({ clips: 1 });
    const asked = await stage.clips.get(sharer.user.id, id);
    expect(asked).toMatchObject({
      voices: [sharer.user.username],
      takenOutVoices: [friendName],
      isMixing: true,
    });
    expect((await stage.voices.list(friendId, { limit: 10 })).total).toBe(0);
    // A trim that was asked for before is mixed anew as well, or cut out of the new mix.
    const cut = { clipId: id, fromMs: 2000, toMs: 7000, mode: 'new' } as const;
    const { id: trimId } = await stage.trim(sharer, cut);
    await letWrite();
    await stage.settled(sharer, id);
    await untilMixed(id);
    const { bytes } = await served(id);
    const withoutFriend = [
      { title: 'Mix', share: true, sharer: true, friend: null },
      { title: 'Share', share: true, sharer: false, friend: null },
      { title: sharer.user.username, share: false, sharer: true, friend: null },
    ];
    expect(await heardApart(id)).toEqual(withoutFriend);
    await stage.settled(sharer, trimId);
    await stage.writeUnwritten();
    await untilMixed(trimId);
    expect(await heardApart(trimId)).toEqual(withoutFriend);
    await requireExactQuota();
    expect((await stage.clips.lanes(sharer.user.id, id)).map(({ voice }) => voice?.userId ?? null)).toEqual([
      null,
      sharer.user.id,
    ]);
    // Its pictures are where they were, to the frame.
    await writeFile(join(directory, 'served.mp4'), bytes);
    const { beepsMs, frames, audioDelayMs } = await watch(join(directory, 'served.mp4'), { nearMs: startMs });
    expect([beepsMs.length, frames[0]?.burntMs]).toEqual([8, startMs + 2000]);
    expect(Math.abs(audioDelayMs ?? 1000)).toBeLessThan(20);
  });

  it('is mixed anew in a trim as well that was being made of it meanwhile', async () => {
    const { friendId } = await recordWithFriend();
    await letWrite();
    const { id } = await press();
    await stage.settled(sharer, id);
    // The sound of the trim is cut, and its poster has to wait.
    await rm(join(directory, 'let'));
    const { id: trimId } = await stage.trim(sharer, { clipId: id, fromMs: 2000, toMs: 7000, mode: 'new' });
    const isCut = async () =>
      (await stage.storedFiles()).some((path) => path.includes('/tmp/') && path.endsWith('/clip.mp4'));
    await expect.poll(isCut, { timeout: MINUTE }).toBe(true);
    await stage.voices.takeOut(friendId, id);
    await untilMixed(id);
    await letWrite();
    await stage.settled(sharer, trimId);
    await stage.writeUnwritten();
    await untilMixed(trimId);
    for (const clipId of [id, trimId]) {
      expect((await heardApart(clipId)).map(({ friend: said }) => said)).toEqual([null, null, null]);
      // The voice isn't in the file either, of which a download shows what it may.
      const { tracksFile } = await stage.db.replayClip.findUniqueOrThrow({
        where: { id: clipId },
        include: { tracksFile: true },
      });
      expect(await soundTitles(stage.pathOf(tracksFile?.storageKey ?? ''))).toEqual([
        SHARE_TRACK,
        sharer.user.id,
      ]);
    }
    await requireExactQuota();
  });

  it('is mixed anew after post-processing, too, until nobody is left but the share', async () => {
    const { dir } = await record();
    await says(dir, sharer.user.id, SHARER_HZ, [0, 12]);
    await letWrite();
    const { id } = await press();
    await stage.settled(sharer, id);
    const { id: trimId } = await stage.trim(sharer, { clipId: id, fromMs: 2000, toMs: 7000, mode: 'new' });
    await stage.settled(sharer, trimId);
    const postProcessing = await stage.startPostProcessing();
    await postProcessing.sweep();
    await stage.jobs.runAll();
    postProcessing.close();
    expect(await stage.voices.takeOutOfAll(sharer.user.id)).toEqual({ clips: 2 });
    await untilMixed(id);
    await untilMixed(trimId);
    expect(await stage.clips.get(sharer.user.id, id)).toMatchObject({ audioCodec: 'aac', voices: [] });
    for (const clipId of [id, trimId])
      expect(await heardApart(clipId)).toEqual([
        { title: 'Mix', share: true, sharer: false, friend: null },
        { title: 'Share', share: true, sharer: false, friend: null },
      ]);
    await requireExactQuota();
    // After a quarter of an hour, only the files of now are left.
    await stage.db.storageDeletion.updateMany({ data: { dueAt: new Date() } });
    await stage.deleteRemoved(new AbortController().signal);
    const rows = await stage.db.file.findMany({ select: { storageKey: true } });
    expect((await stage.storedFiles()).toSorted()).toEqual(
      rows.map(({ storageKey }) => stage.pathOf(storageKey)).toSorted(),
    );
    // Each has a video, separate tracks, a poster and a sprite.
    expect(rows).toHaveLength(8);
  });

  it('is mixed anew at the levels that its owner sets', async () => {
    const { dir } = await record();
    await says(dir, sharer.user.id, SHARER_HZ, [0, 12]);
    await letWrite();
    const { id } = await press();
    await stage.settled(sharer, id);
    const before = await heardIn(id);
    const userId = sharer.user.id;
    await stage.levels.update(userId, { clipId: id, shareDb: -20, voices: [{ userId, gainDb: 6 }] });
    await untilMixed(id);
    const after = await heardIn(id);
    expect(toneLevel(after, SHARER_HZ, 0.2, 7.8)).toBeCloseTo(2 * TONE, 2);
    const beep = (sound: Float64Array) => toneLevel(sound, 1000, 0.2, 7.8);
    expect(beep(after) / beep(before)).toBeCloseTo(0.1, 1);
    // The separate tracks are as they were sent.
    expect(await heardApart(id)).toMatchObject([{ title: 'Mix' }, { share: true }, { sharer: true }]);
    await requireExactQuota();
  });

  it('is mixed at once at the levels that were chosen before saving it', async () => {
    const { dir } = await record();
    const friendId = await friend(true);
    await says(dir, sharer.user.id, SHARER_HZ, [0, 12]);
    await says(dir, friendId, FRIEND_HZ, [0, 12]);
    const { clip } = await stage.capture.accept(sharer.user, {
      channelId: sharer.channelId,
      ...rangeOf([2, 10]),
      pressedAgoMs: 0,
      levels: {
        shareDb: LEAST_GAIN_DB,
        voices: [
          { userId: sharer.user.id, gainDb: 6 },
          { userId: friendId, gainDb: -20 },
        ],
      },
    });
    const { id } = clip;
    await stage.watchable(sharer, id);
    const requireLevels = async () => {
      const sound = await heardIn(id);
      expect(toneLevel(sound, SHARER_HZ, 0.2, 7.8)).toBeCloseTo(2 * TONE, 2);
      expect(toneLevel(sound, FRIEND_HZ, 0.2, 7.8) / TONE).toBeCloseTo(0.1, 2);
      expect(toneLevel(sound, 1000, 0.2, 7.8)).toBeLessThan(TONE / 1000);
    };
    await requireLevels();
    // Another server mixes the same, and so does the clip's file.
    expect((await servedElsewhere(id)).equals((await served(id)).bytes)).toBe(true);
    await letWrite();
    await stage.settled(sharer, id);
    await requireLevels();
    expect((await stage.clips.get(sharer.user.id, id)).isMixing).toBe(false);
    const levels = await stage.levels.get(sharer.user.id, id);
    expect(levels.shareDb).toBe(LEAST_GAIN_DB);
    expect(new Map(levels.voices.map(({ userId, gainDb }) => [userId, gainDb]))).toEqual(
      new Map([
        [sharer.user.id, 6],
        [friendId, -20],
      ]),
    );
    // The separate tracks are as they were sent, so the levels can be set anew.
    expect(await heardApart(id)).toMatchObject([{}, { share: true }, { sharer: true }, { friend: [0, 8] }]);
    await requireExactQuota();
  });

  it('has the share at another level also when nobody speaks', async () => {
    await record();
    const pressAt = async (levels?: CaptureLevels) => {
      const asked = { channelId: sharer.channelId, ...rangeOf([2, 10]), pressedAgoMs: 0 };
      const { clip } = await stage.capture.accept(sharer.user, {
        ...asked,
        ...(levels === undefined ? {} : { levels }),
      });
      await stage.watchable(sharer, clip.id);
      return clip.id;
    };
    const beep = async (id: string) => toneLevel(await heardIn(id), 1000, 0.2, 7.8);
    const asSent = await pressAt();
    const quieter = await pressAt({ shareDb: -20, voices: [] });
    expect((await beep(quieter)) / (await beep(asSent))).toBeCloseTo(0.1, 2);
    await letWrite();
    await stage.settled(sharer, asSent);
    const clip = await stage.settled(sharer, quieter);
    expect(clip.voices).toEqual([]);
    expect(clip.tracksUrl).not.toBeNull();
    await requireExactQuota();
  });

  it('keeps nothing of a new mix that fails half-way, and has it made later', async () => {
    const { dir } = await record();
    await says(dir, sharer.user.id, SHARER_HZ, [0, 12]);
    await letWrite();
    const { id } = await press();
    await stage.settled(sharer, id);
    const before = await served(id);
    const files = await stage.storedFiles();
    const key = async () => (await findClipFile(stage.db, id, 'video')).storageKey;
    const firstKey = await key();
    // The storage takes the new separate tracks, and not the video.
    commits.failOn = /-mix-/;
    await stage.voices.takeOut(sharer.user.id, id);
    await expect.poll(() => commits.failed, { timeout: MINUTE }).toBeGreaterThan(0);
    await expect.poll(async () => (await stage.storedFiles()).toSorted()).toEqual(files.toSorted());
    expect(await key()).toBe(firstKey);
    expect((await served(id)).bytes.equals(before.bytes)).toBe(true);
    expect(await stage.clips.get(sharer.user.id, id)).toMatchObject({ isMixing: true, voices: [] });
    await requireExactQuota();
    commits.failOn = null;
    await stage.writeUnwritten();
    await untilMixed(id);
    expect(await heardApart(id)).toEqual([
      { title: 'Mix', share: true, sharer: false, friend: null },
      { title: 'Share', share: true, sharer: false, friend: null },
    ]);
    await requireExactQuota();
  });

  it('has no sound when a voice is taken out of it and its sounds were not kept apart', async () => {
    const { dir } = await record();
    await says(dir, sharer.user.id, SHARER_HZ, [0, 12]);
    const { id, sizeBytes } = await press();
    // The quota has room for the clip, and for nothing beside it.
    await stage.quota.set(sharer.user.id, sizeBytes);
    await letWrite();
    expect(await stage.settled(sharer, id)).toMatchObject({ tracksUrl: null, sizeBytes });
    await requireExactQuota();
    await stage.voices.takeOut(sharer.user.id, id);
    await untilMixed(id);
    expect(await stage.clips.get(sharer.user.id, id)).toMatchObject({ audioCodec: null, durationMs: 8000 });
    expect(
      await soundTitles(join(stage.storageRoot, (await findClipFile(stage.db, id, 'video')).storageKey)),
    ).toEqual([]);
    await requireExactQuota();
  });

  /** Waits until a clip has been mixed anew. */
  async function untilMixed(clipId: string): Promise<void> {
    const isMixing = async () => (await stage.clips.get(sharer.user.id, clipId)).isMixing;
    await expect.poll(isMixing, { timeout: 3 * MINUTE }).toBe(false);
  }

  const nameOf = async (id: string) => (await stage.db.user.findUniqueOrThrow({ where: { id } })).username;

  /** Checks that the sharer's quota is what the files of their clips take, and each clip's size what its files take. */
  async function requireExactQuota(): Promise<void> {
    const clips = await stage.db.replayClip.findMany({ include: { file: true, tracksFile: true } });
    for (const { sizeBytes, file, tracksFile } of clips)
      expect(sizeBytes).toBe((file?.sizeBytes ?? 0n) + (tracksFile?.sizeBytes ?? 0n));
    const used = clips.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0);
    expect(await stage.quota.mine(sharer.user.id)).toMatchObject({ usedBytes: used, reservedBytes: 0 });
  }

  /** Tells what is heard in each track of a clip's download with separate tracks: of the friend, the time in seconds. */
  async function heardApart(clipId: string) {
    const { file, storage } = await stage.trackDownloads.find(sharer.user.id, clipId);
    const path = join(directory, 'apart.mp4');
    const half = Math.round(file.sizeBytes / 2);
    const [end, begin] = [
      await buffer(await storage.read(file.storageKey, { start: half, end: file.sizeBytes - 1 })),
      await buffer(await storage.read(file.storageKey, { start: 0, end: half - 1 })),
    ];
    await writeFile(path, Buffer.concat([begin, end]));
    // Nothing lies before its start, whether the clip has its last file or not.
    const pictures = trackOf(await readMovieTracks(path), 'video');
    expect(pictures.presentedFrom).toBe(0);
    expect(pictures.samples[0]).toMatchObject({ decodeTime: 0, isKey: true });
    const titles = await soundTitles(path);
    return Promise.all(
      titles.map(async (title, track) => {
        const sound = await soundOf(path, track);
        const seconds = sound.length / OPUS_RATE;
        const isHeard = (hertz: number) => toneLevel(sound, hertz, 0.2, seconds - 0.2) > TONE / 20;
        const spoken = Array.from({ length: Math.floor(seconds * 20) }, (_, index) => index / 20).filter(
          (time) => toneLevel(sound, FRIEND_HZ, time, time + 0.05) > TONE / 3,
        );
        const friendIs =
          spoken.length === 0 ? null : [Math.round(spoken[0] ?? 0), Math.round(spoken.at(-1) ?? 0)];
        return { title, share: isHeard(1000), sharer: isHeard(SHARER_HZ), friend: friendIs };
      }),
    );
  }

  /** Returns a clip as another server serves it, from its end to its beginning. */
  async function servedElsewhere(clipId: string): Promise<Buffer> {
    const thread = startMixThreads({ log });
    const mixes = createMixedChunks({ thread, onIncomplete: async () => undefined, log });
    const objects = createClipObjects({
      storage: stage.storage,
      pinned: createPinnedSegments({ bufferDir: stage.bufferDir }),
      mixes,
    });
    const { storageKey, sizeBytes } = await findClipFile(stage.db, clipId, 'video');
    const half = Math.round(sizeBytes / 2);
    const end = await buffer(await objects.read(storageKey, { start: half, end: sizeBytes - 1 }));
    const begin = await buffer(await objects.read(storageKey, { start: 0, end: half - 1 }));
    await thread.close();
    return Buffer.concat([begin, end]);
  }
});

const log = createLog({ level: 'silent' });
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
