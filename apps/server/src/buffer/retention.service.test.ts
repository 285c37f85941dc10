import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../recording/testing/stage.ts';
import { parseVoicePieceName, voicePieceName } from '@hindsight/recorder/voices/voice-piece';
import { writeFixtureSession } from './testing/buffer-fixture.ts';
import { bufferDirectory, segmentPathOf } from './buffer-paths.ts';
import { createRetention } from './retention.ts';
import { createSessionBuffers } from './session-buffers.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const SEGMENT_MS = 10 * SECOND;
const SEGMENT_BYTES = 1000;

let stage: Stage;
let community: { id: string; channelId: string };
let shortfallBytes: number;
let retention: ReturnType<typeof createRetention>;

beforeAll(async () => {
  stage = await openStage();
  community = await stage.createCommunity();
});
afterAll(() => stage.close());
beforeEach(async () => {
  await stage.db.replayClip.deleteMany();
  await stage.db.egressSession.deleteMany();
  shortfallBytes = 0;
  retention = createRetention({
    db: stage.db,
    bufferDir: stage.bufferDir,
    policy: stage.buffer,
    buffers: createSessionBuffers({ bufferDir: stage.bufferDir }),
    disk: { shortfallBytes: async () => shortfallBytes },
    events: stage.events,
  });
});

interface Span {
  fromMs: number;
  toMs: number;
  endedAtMs?: number;
  userId?: string;
}

/** Creates a session with segments over a span. Times are relative to NOW. */
async function createSession({ fromMs, toMs, endedAtMs, userId }: Span) {
  const user = userId ?? (await stage.createUser(community.id)).id;
  const id = randomUUID();
  const segmentPath = segmentPathOf({ roomName: community.channelId, userId: user, id });
  await stage.db.egressSession.create({
    data: {
      id,
      userId: user,
      communityId: community.id,
      channelId: community.channelId,
      roomName: community.channelId,
      videoTrackSid: 'TR_share',
      quality: 'Q720P',
      status: endedAtMs === undefined ? 'ACTIVE' : 'STOPPED',
      endedAt: endedAtMs === undefined ? null : new Date(NOW + endedAtMs),
      startedAt: new Date(NOW + fromMs),
      segmentPath,
    },
  });
  const directory = bufferDirectory(stage.bufferDir, segmentPath);
  await writeFixtureSession({
    directory,
    startMs: NOW + fromMs,
    segments: (toMs - fromMs) / SEGMENT_MS,
    segmentMs: SEGMENT_MS,
    segmentBytes: SEGMENT_BYTES,
  });
  const segments = async () =>
    (await readdir(directory).catch((): string[] => [])).filter((name) => name.endsWith('.m4s')).toSorted();
  /** Returns the start of the oldest segment, relative to NOW. */
  const oldestMs = async () => fromMs + Number((await segments())[0]?.match(/\d+/)?.[0]) * SEGMENT_MS;
  /** Writes pieces of a voice every ten seconds, up to the end. */
  const addVoice = async (identity: string, voiceFromMs: number) => {
    await mkdir(join(directory, 'voices', identity), { recursive: true });
    for (let ms = voiceFromMs; ms < toMs; ms += 10 * SECOND)
      await writeFile(join(directory, 'voices', identity, voicePieceName(0, NOW + ms)), 'packets');
  };
  /** Returns the start of the oldest piece of a voice, relative to NOW; null when there is no folder for it. */
  const oldestVoiceMs = async (identity: string) => {
    const names = await readdir(join(directory, 'voices', identity)).catch(() => null);
    return names === null ? null : (parseVoicePieceName(names.toSorted()[0] ?? '')?.fromMs ?? NaN) - NOW;
  };
  const purgedAt = async () => (await stage.db.egressSession.findUniqueOrThrow({ where: { id } })).purgedAt;
  return { id, userId: user, segmentPath, directory, segments, oldestMs, addVoice, oldestVoiceMs, purgedAt };
}

async function createClip(userId: string, fromMs: number, status: 'PROCESSING' | 'FAILED') {
  return stage.db.replayClip.create({
    data: {
      userId,
      roomName: community.channelId,
      title: 'clip',
      status,
      fromAt: new Date(NOW + fromMs),
      toAt: new Date(NOW),
      durationMs: -fromMs,
    },
  });
}

describe('a running session', () => {
  it('keeps its window and the margin, and deletes older segments', async () => {
    const session = await createSession({ fromMs: -20 * MINUTE, toMs: 0 });
    await retention.run(NOW);
    expect(await session.oldestMs()).toBe(-12 * MINUTE);
    await retention.run(NOW + 30 * SECOND);
    expect(await session.oldestMs()).toBe(-11.5 * MINUTE);
    expect(await session.purgedAt()).toBeNull();
  });

  it('keeps everything from the piece in which an unfinished capture begins, until the capture is finished', async () => {
    const session = await createSession({ fromMs: -20 * MINUTE, toMs: 0 });
    const clip = await createClip(session.userId, -15 * MINUTE - 4 * SECOND, 'PROCESSING');
    await createClip(session.userId, -18 * MINUTE, 'FAILED');
    const other = await createSession({ fromMs: -20 * MINUTE, toMs: 0 });
    await retention.run(NOW);
    expect(await session.oldestMs()).toBe(-15 * MINUTE - 10 * SECOND);
    expect(await other.oldestMs()).toBe(-12 * MINUTE);

    await stage.db.replayClip.update({ where: { id: clip.id }, data: { status: 'FAILED' } });
    await retention.run(NOW);
    expect(await session.oldestMs()).toBe(-12 * MINUTE);
  });
});

describe('an ended session', () => {
  it('keeps its last window during the grace time, however long the session was', async () => {
    const session = await createSession({ fromMs: -30 * MINUTE, toMs: -9 * MINUTE, endedAtMs: -9 * MINUTE });
    await retention.run(NOW);
    expect(await session.oldestMs()).toBe(-21 * MINUTE);
    expect(await session.segments()).toHaveLength(12 * 6);
  });

  it('is purged a margin after its grace, and its owner is told of the end of grace and of the purge', async () => {
    const session = await createSession({
      fromMs: -15 * MINUTE,
      toMs: -10 * MINUTE,
      endedAtMs: -10 * MINUTE,
    });
    let told = 0;
    const stop = stage.events.listen('mine', ({ userId }) => (told += Number(userId === session.userId)));
    await retention.run(NOW - SECOND);
    expect(told).toBe(0);
    await retention.run(NOW);
    expect(told).toBe(1);
    await retention.run(NOW + 2 * MINUTE - 1);
    expect(await session.segments()).not.toEqual([]);
    await retention.run(NOW + 2 * MINUTE);
    expect(told).toBe(2);
    expect(await session.purgedAt()).toEqual(new Date(NOW + 2 * MINUTE));
    expect(await readdir(stage.bufferDir)).toEqual([]);
    stop();
  });

  it('is not purged while an unfinished capture needs it', async () => {
    const session = await createSession({
      fromMs: -50 * MINUTE,
      toMs: -40 * MINUTE,
      endedAtMs: -40 * MINUTE,
    });
    const clip = await createClip(session.userId, -45 * MINUTE, 'PROCESSING');
    await retention.run(NOW);
    expect(await session.oldestMs()).toBe(-45 * MINUTE);
    expect(await session.purgedAt()).toBeNull();

    await stage.db.replayClip.delete({ where: { id: clip.id } });
    await retention.run(NOW);
    expect(await session.purgedAt()).not.toBeNull();
    expect(await session.segments()).toEqual([]);
  });
});

describe('directories', () => {
  it('that belong to no session are removed, unless their names aren’t ours', async () => {
    const session = await createSession({ fromMs: -1 * MINUTE, toMs: 0 });
    const stray = join(stage.bufferDir, randomUUID(), randomUUID(), randomUUID());
    const beside = join(stage.bufferDir, community.channelId, session.userId, randomUUID());
    const foreign = join(stage.bufferDir, 'lost+found');
    for (const directory of [stray, beside, foreign]) {
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, 'seg_000000.m4s'), 'media');
    }
    await retention.run(NOW);
    expect(await readdir(stage.bufferDir)).toEqual([community.channelId, 'lost+found'].toSorted());
    expect(await readdir(join(stage.bufferDir, community.channelId, session.userId))).toEqual([session.id]);
    expect(await session.segments()).toHaveLength(6);
  });

  it('that a crash left of a purged session are removed', async () => {
    const session = await createSession({ fromMs: -1 * MINUTE, toMs: 0, endedAtMs: 0 });
    await stage.db.egressSession.update({ where: { id: session.id }, data: { purgedAt: new Date(NOW) } });
    await retention.run(NOW);
    expect(await session.segments()).toEqual([]);
  });

  it('may be missing', async () => {
    const session = await createSession({ fromMs: 0, toMs: 0, endedAtMs: -60 * MINUTE });
    await retention.run(NOW);
    await retention.run(NOW);
    expect(await session.purgedAt()).not.toBeNull();
  });
});

describe('a full disk', () => {
  it('deletes the oldest pieces of buffers first, and no more than needed', async () => {
    const older = await createSession({ fromMs: -10 * MINUTE, toMs: 0 });
    const newer = await createSession({ fromMs: -5 * MINUTE, toMs: 0 });
    shortfallBytes = 6 * SEGMENT_BYTES;
    await retention.run(NOW);
    expect(await older.oldestMs()).toBe(-9 * MINUTE);
    expect(await newer.oldestMs()).toBe(-5 * MINUTE);
  });

  it('leaves everybody their newest two minutes, and everything that unfinished captures need', async () => {
    const running = await createSession({ fromMs: -10 * MINUTE, toMs: 0 });
    const ended = await createSession({ fromMs: -10 * MINUTE, toMs: -4 * MINUTE, endedAtMs: -4 * MINUTE });
    const captured = await createSession({ fromMs: -10 * MINUTE, toMs: 0 });
    await createClip(captured.userId, -7 * MINUTE, 'PROCESSING');
    shortfallBytes = Number.MAX_SAFE_INTEGER;
    await retention.run(NOW);
    expect(await running.oldestMs()).toBe(-2 * MINUTE);
    expect(await ended.oldestMs()).toBe(-6 * MINUTE);
    expect(await captured.oldestMs()).toBe(-7 * MINUTE);
  });

  it('counts all sessions of one user in a channel as one buffer', async () => {
    const ended = await createSession({ fromMs: -10 * MINUTE, toMs: -5 * MINUTE, endedAtMs: -5 * MINUTE });
    const running = await createSession({ fromMs: -4 * MINUTE, toMs: 0, userId: ended.userId });
    shortfallBytes = Number.MAX_SAFE_INTEGER;
    await retention.run(NOW);
    expect(await ended.segments()).toEqual([]);
    expect(await running.oldestMs()).toBe(-2 * MINUTE);
  });
});

describe('voices', () => {
  it('go with the pictures that they belong to, and their folders with them', async () => {
    const session = await createSession({ fromMs: -20 * MINUTE, toMs: 0 });
    await session.addVoice('alice', -20 * MINUTE);
    await session.addVoice('bob', -20 * MINUTE);
    await rm(join(session.directory, 'voices', 'bob', voicePieceName(0, NOW - 10 * SECOND)));
    await retention.run(NOW);
    // A piece may end up to 120 ms after its ten seconds.
    expect(await session.oldestVoiceMs('alice')).toBe(-12 * MINUTE - 10 * SECOND);
    await retention.run(NOW + 13 * MINUTE);
    expect(await session.oldestVoiceMs('bob')).toBeNull();
  });

  it('stay as long as an unfinished capture needs them', async () => {
    const session = await createSession({ fromMs: -20 * MINUTE, toMs: 0 });
    await session.addVoice('alice', -20 * MINUTE);
    await createClip(session.userId, -15 * MINUTE, 'PROCESSING');
    await retention.run(NOW);
    expect(await session.oldestVoiceMs('alice')).toBe(-15 * MINUTE - 10 * SECOND);
  });

  it('make room with the pictures when the disk is nearly full', async () => {
    const session = await createSession({ fromMs: -10 * MINUTE, toMs: 0 });
    await session.addVoice('alice', -10 * MINUTE);
    shortfallBytes = 6 * SEGMENT_BYTES;
    await retention.run(NOW);
    expect(await session.oldestMs()).toBe(-9 * MINUTE);
    expect(await session.oldestVoiceMs('alice')).toBe(-9 * MINUTE - 10 * SECOND);
  });

  it('go when the grace of their session is over', async () => {
    const session = await createSession({ fromMs: -5 * MINUTE, toMs: 0, endedAtMs: 0 });
    await session.addVoice('alice', -5 * MINUTE);
    await retention.run(NOW + 13 * MINUTE);
    expect(await session.oldestVoiceMs('alice')).toBeNull();
  });
});
