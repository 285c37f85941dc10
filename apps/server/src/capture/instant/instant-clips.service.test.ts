import { createHash, randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ReplayClip } from '@hindsight/db/client';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Timeline } from '../../buffer/piece.ts';
import { findClipFile } from '../../clips/clip-files.ts';
import { openLibrary, type Library } from '../testing/clip-library.ts';
import type { Member } from '../../clips/testing/people.ts';
import { createLog } from '../../log.ts';
import { clipVideoKey } from '../../storage/storage-key.ts';
import { createCapturePlanner } from '../plan/capture-planner.ts';
import { startMixThreads } from '../mix/mix-threads.ts';
import { createClipLoudness } from './clip-loudness.ts';
import { createMixedChunks } from './mixed-chunks.ts';
import { createClipObjects } from './clip-objects.ts';
import { createClipOutcome, type ClipOutcome } from '../lifecycle/clip-outcome.ts';
import { createClipTracks } from './clip-tracks.ts';
import { createClipFileWriter, type ClipFileWriter } from './clip-file-writer.ts';
import { createInstantClips, type InstantClips } from './instant-clips.ts';
import { startPlanThread } from '../plan/plan-thread.ts';
import type { Posters } from '../lifecycle/posters.ts';
import { writePieces } from '../testing/written-pieces.ts';

const RESERVED_BYTES = 300_000;
const signal = new AbortController().signal;
const log = createLog({ level: 'silent' });
const thread = startPlanThread();
const mixThreads = startMixThreads({ log });
const mixes = createMixedChunks({
  thread: mixThreads,
  onIncomplete: async () => undefined,
  log,
});

let library: Library;
let member: Member;
/** The buffer has three pieces of four seconds. */
let timeline: Timeline;
let startMs: number;
/** These run before a step, and may throw what a crash or a disk would. */
let beforeReady: () => Promise<void>;
let beforeCommit: () => Promise<void>;
let afterCommit: () => Promise<void>;
let instant: InstantClips;
let files: ClipFileWriter;
let enqueued: string[];
let left: string[];
let counted: number;

beforeAll(async () => {
  library = await openLibrary({ quotaBytes: 10 * RESERVED_BYTES });
});
afterAll(() => Promise.all([library.close(), thread.close()]));
beforeEach(async () => {
  member = await library.createMember();
  startMs = Date.now() - 12 * SECOND;
  timeline = await writePieces(join(library.root, 'replay-buffer', member.user.id), startMs, 3);
  beforeReady = beforeCommit = afterCommit = async () => undefined;
  enqueued = [];
  left = [];
  counted = 0;
  start();
});

/** Creates the parts of a server, or creates them again after a crash. */
function start(finishDelayMs = 0): void {
  const { db, pinned, feed } = library;
  const source = {
    flush: async () => undefined,
    pieces: async () => timeline,
    isLive: async () => false,
  };
  const made = createClipOutcome({ ...library, serverId: library.servers.id });
  const outcome: ClipOutcome = {
    ...made,
    async succeedPinned(clip, laidOut) {
      await beforeReady();
      await made.succeedPinned(clip, laidOut);
    },
  };
  const storage = {
    ...library.storage,
    async commit(path: string, key: string) {
      await beforeCommit();
      await library.storage.commit(path, key);
      await afterCommit();
    },
  };
  // The segments have no real pictures, so no posters can be made.
  const posters: Posters = { make: async () => undefined };
  const enqueueFile = async (clipId: string) => void enqueued.push(clipId);
  const microphones = { of: async () => [] };
  const planner = createCapturePlanner({ db, source, thread, microphones, log });
  const loudness = createClipLoudness({ db, thread: mixThreads });
  const tracks = createClipTracks({ db, storage, quota: library.quota, thread: mixThreads, log });
  files = createClipFileWriter({ db, storage, pinned, mixes, loudness, tracks, posters, feed, log });
  const { releaseUnused } = files;
  const leaveToQueue = async ({ id }: ReplayClip) => void left.push(id);
  const metrics = { clipReady: () => void (counted += 1) };
  const common = { planner, pinned, mixes, outcome, posters, metrics, finishDelayMs, log };
  instant = createInstantClips({
    ...common,
    enqueueFile,
    releaseUnused,
    leaveToQueue,
    prepareExact: async () => undefined,
    pressesAccepted: async () => undefined,
  });
}

/**
 * Accepts a capture.
 * @param makerId the server that has claimed it
 */
async function accepted(makerId: string | null = library.servers.id): Promise<ReplayClip> {
  const { user, channelId, communityId } = member;
  return library.db.$transaction(async (tx) => {
    await library.quota.reserve(tx, user.id, RESERVED_BYTES);
    return tx.replayClip.create({
      data: {
        ...{ userId: user.id, channelId, communityId, roomName: channelId, title: 'Lounge' },
        fromAt: new Date(startMs + 1000),
        toAt: new Date(startMs + 10_000),
        durationMs: 9000,
        reservedBytes: BigInt(RESERVED_BYTES),
        makerId,
      },
    });
  });
}

async function served(clipId: string): Promise<Buffer> {
  const { storageKey, sizeBytes } = await findClipFile(library.db, clipId, 'video');
  const objects = createClipObjects({ ...library, mixes });
  return buffer(await objects.read(storageKey, { start: 0, end: sizeBytes - 1 }));
}

const stored = (clip: ReplayClip) => readFile(join(library.root, clipVideoKey(clip)));
const isPinned = async ({ id }: ReplayClip) => (await library.pinned.clipIds()).includes(id);
const row = ({ id }: ReplayClip) =>
  library.db.replayClip.findUniqueOrThrow({ where: { id }, include: { file: true } });
const failWith = (code: string) => async () => {
  throw Object.assign(new Error(code), { code });
};

describe('a capture of pieces that can be served as they are', () => {
  it('is READY before its file, and the file is the same byte for byte', async () => {
    const clip = await accepted();
    expect(await instant.makeReady(clip)).toBe(true);
    const ready = await row(clip);
    expect(ready).toMatchObject({
      status: 'READY',
      width: 1280,
      height: 720,
      durationMs: 9000,
      reservedBytes: 0n,
    });
    expect(ready).toMatchObject({ videoCodec: 'h264', audioCodec: 'opus', file: { checksum: null } });
    await expect.poll(() => enqueued).toEqual([clip.id]);
    const before = await served(clip.id);
    expect(BigInt(before.length)).toBe(ready.sizeBytes);
    const { etag } = await findClipFile(library.db, clip.id, 'video');

    await files.write(clip.id, signal);
    const checksum = createHash('sha256').update(before).digest('hex');
    expect((await row(clip)).file).toMatchObject({ id: ready.fileId, checksum, etag });
    expect((await stored(clip)).equals(before)).toBe(true);
    expect((await served(clip.id)).equals(before)).toBe(true);
    expect((await findClipFile(library.db, clip.id, 'video')).etag).toBe(etag);
    expect(await isPinned(clip)).toBe(false);
    expect(await library.quota.mine(member.user.id)).toMatchObject({
      usedBytes: before.length,
      reservedBytes: 0,
    });
  });

  it('waits a moment before its poster is made and its file written', async () => {
    start(500);
    const clip = await accepted();
    await instant.makeReady(clip);
    expect((await row(clip)).status).toBe('READY');
    await served(clip.id);
    expect(enqueued).toEqual([]);
    await expect.poll(() => enqueued).toEqual([clip.id]);

    const next = await accepted();
    await instant.makeReady(next);
    await instant.close();
    expect(enqueued).toEqual([clip.id]);
    expect((await row(next)).status).toBe('READY');
  });

  it('does not need its buffer any more', async () => {
    const clip = await accepted();
    await instant.makeReady(clip);
    const before = await served(clip.id);
    for (const { path } of timeline) await rm(path);
    expect((await served(clip.id)).equals(before)).toBe(true);
    await files.write(clip.id, signal);
    expect((await stored(clip)).equals(before)).toBe(true);
  });

  it('is made once, however many ask for it', async () => {
    const clip = await accepted();
    await Promise.all([instant.makeReady(clip), instant.makeReady(clip)]);
    // Pinned segments stay for current viewers.
    for (const { path } of timeline) await rm(path);
    expect(await instant.makeReady(clip)).toBe(true);
    expect(counted).toBe(1);
    expect(await served(clip.id)).toHaveLength(Number((await row(clip)).sizeBytes));
    expect(await library.db.file.count({ where: { storageKey: clipVideoKey(clip) } })).toBe(1);
    await Promise.all([files.write(clip.id, signal), files.write(clip.id, signal)]);
    await files.write(clip.id, signal);
    expect(await isPinned(clip)).toBe(false);
  });

  it('is left to ffmpeg when its pieces are MPEG-TS', async () => {
    const clip = await accepted();
    timeline = timeline.map((piece) => ({ ...piece, initPath: null }));
    expect(await instant.makeReady(clip)).toBe(false);
    expect(await row(clip)).toMatchObject({ status: 'PROCESSING', fileId: null });
    expect(await isPinned(clip)).toBe(false);
  });

  it('fails when nothing of it is left, with nothing pinned', async () => {
    const clip = await accepted();
    timeline = [];
    await expect(instant.makeReady(clip)).rejects.toMatchObject({ code: 'RANGE_NOT_BUFFERED' });
    expect(await isPinned(clip)).toBe(false);
  });

  it('is made at once by the server that accepted it, and queued only when that is not possible', async () => {
    const [clip, other] = [await accepted(null), await accepted(null)];
    instant.makeSoon(clip);
    await expect.poll(() => enqueued).toEqual([clip.id]);
    expect(await row(clip)).toMatchObject({ status: 'READY', makerId: null });
    timeline = timeline.map((piece) => ({ ...piece, initPath: null }));
    instant.makeSoon(other);
    await expect.poll(() => left).toEqual([other.id]);
    expect(enqueued).toEqual([clip.id]);
    expect(counted).toBe(1);
  });

  it('is not touched while another server makes it', async () => {
    const [{ id }, clip] = await Promise.all([
      library.db.appServer.create({ data: { id: randomUUID() } }),
      accepted(null),
    ]);
    await library.db.replayClip.update({ where: { id: clip.id }, data: { makerId: id } });
    instant.makeSoon(clip);
    expect(await instant.makeReady(clip)).toBe(true);
    await instant.close();
    expect(await row(clip)).toMatchObject({ status: 'PROCESSING', makerId: id });
    expect([enqueued, left, await isPinned(clip)]).toEqual([[], [], false]);
    await library.db.appServer.delete({ where: { id } });
  });
});

describe('when it is interrupted', () => {
  it('by a crash before it is READY, it is made again', async () => {
    const clip = await accepted();
    beforeReady = failWith('crash');
    await expect(instant.makeReady(clip)).rejects.toThrow('crash');
    expect(await row(clip)).toMatchObject({ status: 'PROCESSING' });
    beforeReady = async () => undefined;
    start();
    await files.releaseStrays();
    expect(await instant.makeReady(clip)).toBe(true);
    await files.write(clip.id, signal);
    expect((await row(clip)).file?.checksum).not.toBeNull();
  });

  it('by a crash before its file is written, the next start writes it', async () => {
    const clip = await accepted();
    await instant.makeReady(clip);
    const before = await served(clip.id);
    start();
    await files.releaseStrays();
    expect(await files.unwrittenIds()).toContain(clip.id);
    await files.write(clip.id, signal);
    expect((await stored(clip)).equals(before)).toBe(true);
    expect(await files.unwrittenIds()).not.toContain(clip.id);
  });

  it('by a crash between its file and its row, it is written again', async () => {
    const clip = await accepted();
    await instant.makeReady(clip);
    afterCommit = failWith('crash');
    await expect(files.write(clip.id, signal)).rejects.toThrow('crash');
    const before = await served(clip.id);
    afterCommit = async () => undefined;
    start();
    await files.write(clip.id, signal);
    expect((await stored(clip)).equals(before)).toBe(true);
    expect(await isPinned(clip)).toBe(false);
  });

  it('by a full disk, it is served from pinned segments until there is space', async () => {
    const clip = await accepted();
    await instant.makeReady(clip);
    beforeCommit = failWith('ENOSPC');
    await expect(files.write(clip.id, signal)).rejects.toMatchObject({ code: 'DISK_LOW' });
    const before = await served(clip.id);
    expect(await row(clip)).toMatchObject({ status: 'READY', file: { checksum: null } });
    beforeCommit = async () => undefined;
    await files.write(clip.id, signal);
    expect((await stored(clip)).equals(before)).toBe(true);
  });

  it('by its owner, who removes it before it is READY, nothing of it stays', async () => {
    const clip = await accepted();
    beforeReady = async () => void (await library.clips.remove(member.user.id, clip.id));
    expect(await instant.makeReady(clip)).toBe(true);
    expect(await isPinned(clip)).toBe(false);
    expect(await library.quota.mine(member.user.id)).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
  });

  it('by its owner, who removes it for good while its file is written, nothing of it stays', async () => {
    const clip = await accepted();
    await instant.makeReady(clip);
    beforeCommit = async () => {
      await library.clips.remove(member.user.id, clip.id);
      library.clock.nowMs += 60 * SECOND;
      await library.clips.purge();
      await library.deletions.run(signal);
    };
    await files.write(clip.id, signal);
    await expect(stored(clip)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await isPinned(clip)).toBe(false);
  });

  it('by its owner, who removes it for good while the disk is full, the next sweep releases it', async () => {
    const [clip, other] = [await accepted(), await accepted()];
    for (const one of [clip, other]) await instant.makeReady(one);
    await library.db.replayClip.delete({ where: { id: clip.id } });
    await library.db.file.deleteMany({ where: { storageKey: clipVideoKey(clip) } });
    await files.releaseStrays();
    expect(await isPinned(clip)).toBe(false);
    expect(await isPinned(other)).toBe(true);
  });
});
