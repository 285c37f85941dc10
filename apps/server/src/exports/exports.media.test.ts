import { readFile } from 'node:fs/promises';
import { runFfmpeg, runFfprobe } from '@hindsight/rig/media/run-ffmpeg';
import { probeClip } from '@hindsight/rig/media/clip-probe';
import type { ExportDto, ExportOptions } from '@hindsight/shared/clips/export';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { DAY, SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { soundOf, soundTitles, toneLevel } from '@hindsight/rig/media/sound-of';
import { bufferDirectory, segmentPathOf } from '../buffer/buffer-paths.ts';
import { keepVoice } from '../capture/mix/testing/kept-voice.ts';
import { recordSpeaker } from '../capture/mix/testing/recorded-speaker.ts';
import { tonePackets } from '../capture/mix/testing/tones.ts';
import { watch } from '../capture/testing/watch.ts';
import type { Capturer } from '../testing/capture-stage.ts';
import { openExportStage, type ExportStage } from './testing/export-stage.ts';

/** The setup saves a clip, of which the tests make exports one after the other. */
const SETUP_MS = 60_000;

let stage: ExportStage;
let capturer: Capturer;
let clip: ClipDto;
let startMs: number;
beforeAll(async () => {
  stage = await openExportStage();
  capturer = await stage.createCapturer();
  const media = { durationMs: 7 * SECOND, width: 1024, height: 256, framesPerSecond: 15 };
  ({ clip, startMs } = await stage.saveClip(capturer, { ...media, stillFromMs: 5 * SECOND }));
}, SETUP_MS);
afterAll(() => stage.close());

const usedBytes = async () => (await stage.quota.mine(capturer.user.id)).usedBytes;

/** Makes an export. @returns it with the path of its file, and deletes it afterwards */
async function made(
  options: ExportOptions,
): Promise<ExportDto & { path: string; [Symbol.asyncDispose]: () => Promise<void> }> {
  const { id } = await stage.create(capturer, clip.id, options);
  const one = await stage.finished(capturer, id);
  expect(one).toMatchObject({ status: 'READY', errorCode: null });
  const file = await stage.exports.file(capturer.user.id, id);
  expect(file.sizeBytes).toBe(one.sizeBytes);
  expect(await stage.quota.mine(capturer.user.id)).toMatchObject({
    usedBytes: clip.sizeBytes + one.sizeBytes,
    reservedBytes: 0,
  });
  const remove = async () => {
    await stage.exports.remove(capturer.user.id, id);
    expect(await usedBytes()).toBe(clip.sizeBytes);
  };
  return { ...one, path: stage.pathOf(file.storageKey), [Symbol.asyncDispose]: remove };
}

const SHARER_HZ = 440;
const FRIEND_HZ = 700;
const SPOKEN_SECONDS = 8;

/** Saves a clip in which the sharer speaks, and a friend. */
async function savedWithVoices(sharer: Capturer, friend: Capturer): Promise<ClipDto> {
  const { communityId } = sharer;
  const fromMs = await recordSpeaker(stage, sharer, { hertz: SHARER_HZ, seconds: SPOKEN_SECONDS });
  await stage.db.communityMember.create({
    data: { communityId, userId: friend.user.id, mayKeepVoice: true },
  });
  const role = await stage.db.role.findFirstOrThrow({ where: { communityId } });
  await stage.db.memberRole.create({ data: { communityId, userId: friend.user.id, roleId: role.id } });
  const session = await stage.db.egressSession.findFirstOrThrow({ where: { userId: sharer.user.id } });
  await keepVoice(bufferDirectory(stage.bufferDir, segmentPathOf(session)), friend.user.id, {
    fromMs,
    packets: tonePackets({ hertz: FRIEND_HZ, seconds: SPOKEN_SECONDS }),
  });
  const { clip: saved } = await stage.captureRange(sharer, fromMs + 1500, fromMs + 7000);
  return stage.settled(sharer, saved.id);
}

/** Tells what is heard in each track of sound. */
async function heardApart(path: string) {
  const titles = await soundTitles(path);
  return Promise.all(
    titles.map(async (title, track) => {
      const sound = await soundOf(path, track);
      const isHeard = (hertz: number) => toneLevel(sound, hertz, 0.3, 5) > 0.005;
      return { title, share: isHeard(1000), sharer: isHeard(SHARER_HZ), friend: isHeard(FRIEND_HZ) };
    }),
  );
}

describe('an export', () => {
  it('is planned anew at each change of the options without reading the clip again', async () => {
    const plan = (limitBytes: number) =>
      stage.exports.plan(capturer.user.id, { clipId: clip.id, options: { kind: 'chat', limitBytes } });
    const first = await plan(clip.sizeBytes);
    const readBefore = stage.reads.length;
    expect(readBefore).toBeGreaterThan(0);
    const smaller = await plan(Math.round(clip.sizeBytes / 2));
    expect(smaller.maxBytes).toBeLessThan(first.maxBytes);
    expect(stage.reads).toHaveLength(readBefore);
  });

  it('for chat is never larger than its limit, nearly as large, and as long as the clip', async () => {
    const limitBytes = Math.round(clip.sizeBytes * 0.6);
    await using one = await made({ kind: 'chat', limitBytes });
    expect(one.sizeBytes).toBeLessThanOrEqual(limitBytes);
    expect(one.sizeBytes).toBeGreaterThan(limitBytes * 0.98);
    const { summary, frames, audioDelayMs } = await watch(one.path, { nearMs: startMs });
    expect(summary).toMatchObject({ video: { codec: 'h264', width: 1024 }, audio: { codec: 'aac' } });
    expect(Math.abs(summary.durationMs - clip.durationMs)).toBeLessThan(70);
    for (const { ptsMs, burntMs } of frames.filter((frame) => frame.ptsMs < 3500))
      expect(Math.abs((burntMs ?? 0) - Date.parse(clip.from) - ptsMs)).toBeLessThan(70);
    expect(Math.abs(audioDelayMs ?? Number.NaN)).toBeLessThan(70);
  });

  it('of the sound alone is AAC without a picture', async () => {
    await using one = await made({ kind: 'sound' });
    const summary = await probeClip(one.path);
    expect(summary).toMatchObject({ video: null, audio: { codec: 'aac' } });
    expect(Math.abs(summary.durationMs - clip.durationMs)).toBeLessThan(50);
  });

  it.each(['png', 'jpeg'] as const)(
    'of a still shows the picture that was on screen, as %s',
    async (format) => {
      await using one = await made({ kind: 'still', atMs: 2000, format });
      const [picture] = (await watch(one.path, { nearMs: startMs })).frames;
      const ageMs = Date.parse(clip.from) + 2000 - (picture?.burntMs ?? 0);
      expect(ageMs).toBeGreaterThanOrEqual(-1);
      expect(ageMs).toBeLessThan(68);
    },
  );

  it('as the new poster shows that picture too, and replaces the one of before', async () => {
    const { id: userId } = capturer.user;
    const before = await stage.clips.file(userId, clip.id, 'poster');
    await stage.posters.choose(userId, { clipId: clip.id, atMs: 2000 });
    const after = await stage.clips.file(userId, clip.id, 'poster');
    expect((await stage.clips.get(userId, clip.id)).posterUrl).not.toBe(clip.posterUrl);
    const options = { nearMs: startMs, scale: 640 / 1024, x: 20, y: 88 };
    const [picture] = (await watch(stage.pathOf(after.storageKey), options)).frames;
    expect(Math.abs(Date.parse(clip.from) + 2000 - (picture?.burntMs ?? 0))).toBeLessThan(68);
    await stage.deleteRemoved(new AbortController().signal);
    expect(await stage.storedFiles()).not.toContain(stage.pathOf(before.storageKey));
    const late = stage.posters.choose(userId, { clipId: clip.id, atMs: 60_000 });
    await expect(late).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  it('upright shows what was cropped, for as long as the clip', async () => {
    const crop = { x: 301, y: 0, width: 144, height: 256 };
    await using one = await made({ kind: 'crop', crop });
    const summary = await probeClip(one.path);
    expect(summary).toMatchObject({ video: { width: 144, height: 256 }, audio: { codec: 'aac' } });
    expect(Math.abs(summary.durationMs - clip.durationMs)).toBeLessThan(70);
    // It is most alike where it was taken from.
    const alike = async (x: number) => {
      const graph = `[0:v]trim=end_frame=1,crop=144:256:${x}:0[cut];[1:v]trim=end_frame=1[one];[one][cut]psnr`;
      const source = stage.videoPath(capturer, clip.id);
      const { stderr } = await runFfmpeg(['-i', source, '-i', one.path, '-lavfi', graph, '-f', 'null', '-']);
      return Number(/average:([\d.]+)/.exec(stderr)?.[1]);
    };
    expect(await alike(300)).toBeGreaterThan(30);
    expect(await alike(340)).toBeLessThan(await alike(300));
  });

  it.each([
    { sound: 'aac', codec: 'aac' },
    { sound: 'pcm', codec: 'pcm_s16le' },
  ] as const)(
    'for editing has 30 pictures each second, also of a still screen, and $sound',
    async ({ sound, codec }) => {
      await using one = await made({ kind: 'editing', sound });
      expect(await probeClip(one.path)).toMatchObject({ audio: { codec } });
      const entries = ['-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
      const { stdout } = await runFfprobe([...entries, one.path]);
      const times = stdout.toString().trim().split('\n').map(Number);
      expect(times).toHaveLength(Math.round((clip.durationMs * 30) / SECOND));
      for (const [index, time] of times.entries()) expect(time).toBeCloseTo(index / 30, 3);
    },
  );

  it(
    'for editing has the mix, the share and each voice in tracks of their own where that is wanted',
    async () => {
      const sharer = await stage.createCapturer();
      const friend = await stage.createCapturer();
      const { id: clipId, sizeBytes } = await savedWithVoices(sharer, friend);
      const editing = (sound: 'aac' | 'pcm') =>
        ({ kind: 'editing', sound, hasSeparateTracks: true }) as const;
      const plan = await stage.exports.plan(sharer.user.id, { clipId, options: editing('aac') });
      expect(plan).toMatchObject({ separateTracks: 3, extension: 'mp4' });
      const { id } = await stage.create(sharer, clipId, editing('aac'));
      const one = await stage.finished(sharer, id);
      expect(one).toMatchObject({ status: 'READY', errorCode: null });
      expect(one.sizeBytes).toBeLessThanOrEqual(plan.maxBytes);
      expect(await stage.quota.mine(sharer.user.id)).toMatchObject({
        usedBytes: sizeBytes + one.sizeBytes,
        reservedBytes: 0,
      });
      const path = stage.pathOf((await stage.exports.file(sharer.user.id, id)).storageKey);
      expect(await probeClip(path)).toMatchObject({ audio: { codec: 'aac' } });
      expect(await heardApart(path)).toEqual([
        { title: 'Mix', share: true, sharer: true, friend: true },
        { title: 'Share', share: true, sharer: false, friend: false },
        { title: sharer.user.username, share: false, sharer: true, friend: false },
        { title: friend.user.username, share: false, sharer: false, friend: true },
      ]);

      // Whoever takes their voice back is neither in what was exported nor in what is exported then.
      await stage.voices.takeOut(friend.user.id, clipId);
      await expect(stage.exports.file(sharer.user.id, id)).rejects.toMatchObject({ code: 'VOICE_TAKEN_OUT' });
      const later = await stage.create(sharer, clipId, editing('pcm'));
      expect(await stage.finished(sharer, later.id)).toMatchObject({ status: 'READY' });
      const laterPath = stage.pathOf((await stage.exports.file(sharer.user.id, later.id)).storageKey);
      expect(laterPath).toMatch(/\.mov$/);
      expect(await probeClip(laterPath)).toMatchObject({ audio: { codec: 'pcm_s16le' } });
      expect(await heardApart(laterPath)).toEqual([
        { title: 'Mix', share: true, sharer: true, friend: false },
        { title: 'Share', share: true, sharer: false, friend: false },
        { title: sharer.user.username, share: false, sharer: true, friend: false },
      ]);
    },
    SETUP_MS,
  );

  it('is refused with separate tracks of a clip that has none', async () => {
    const options = { kind: 'editing', sound: 'aac', hasSeparateTracks: true } as const;
    await expect(stage.create(capturer, clip.id, options)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      detail: expect.stringContaining('no separate tracks'),
    });
    expect(await stage.quota.mine(capturer.user.id)).toMatchObject({ reservedBytes: 0 });
  });

  it.each(['webp', 'gif'] as const)('as moving pictures is a %s', async (format) => {
    await using one = await made({ kind: 'animation', format, fromMs: 3900, toMs: 4900 });
    const bytes = await readFile(one.path);
    expect(bytes.toString('latin1', 0, 12)).toMatch(format === 'gif' ? /^GIF89a/ : /^RIFF....WEBP/s);
    expect(bytes.includes('ANMF') || bytes.includes('NETSCAPE2.0')).toBe(true);
  });

  it('is deleted when its time is over', async () => {
    const { id } = await stage.create(capturer, clip.id, { kind: 'sound' });
    const { endsAt } = await stage.finished(capturer, id);
    const file = await stage.exports.file(capturer.user.id, id);
    await stage.exports.removeEnded(Date.parse(endsAt ?? '') - SECOND);
    expect((await stage.exports.list(capturer.user.id, {})).items).toHaveLength(1);
    await stage.exports.removeEnded(Date.now() + DAY + SECOND);
    expect((await stage.exports.list(capturer.user.id, {})).items).toHaveLength(0);
    expect(await usedBytes()).toBe(clip.sizeBytes);
    await stage.deleteRemoved(new AbortController().signal);
    expect(await stage.storedFiles()).not.toContain(stage.pathOf(file.storageKey));
  });
});
