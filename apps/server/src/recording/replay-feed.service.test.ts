import type { ReplayEvent } from '@hindsight/shared/replay/replay';
import { replayEventSchema } from '@hindsight/shared/replay/replay';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFixtureSession } from '../buffer/testing/buffer-fixture.ts';
import { bufferDirectory } from '../buffer/buffer-paths.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openStage, type Stage } from './testing/stage.ts';

let stage: Stage;
let server: ReturnType<Stage['startProcess']>;
let community: { id: string; channelId: string };

beforeAll(async () => {
  stage = await openStage();
  server = stage.startProcess();
  community = await stage.createCommunity({ maxConcurrent: 50 });
});
afterAll(() => stage.close());

/** Reads a subscription in the background, as a client does. */
function follow(user: SignedInUser, channelId: string) {
  const controller = new AbortController();
  const received: ReplayEvent[] = [];
  const finished = (async () => {
    for await (const event of server.recording.feed.events(user, channelId, controller.signal))
      received.push(replayEventSchema.parse(event));
  })();
  const newest = <T extends ReplayEvent['type']>(type: T) =>
    received.findLast((event): event is Extract<ReplayEvent, { type: T }> => event.type === type);
  return {
    received,
    finished,
    newest,
    async close() {
      controller.abort();
      await finished;
    },
  };
}

describe('what everybody in a channel sees', () => {
  it('is who is being recorded, from the first frame to the end', async () => {
    const { user, input } = await stage.createSharer(community);
    const viewer = await stage.createUser(community.id, []);
    const seen = follow(viewer, community.channelId);
    const recorded = () => seen.newest('room')?.sessions.filter(({ userId }) => userId === user.id);
    await expect.poll(recorded).toEqual([]);

    const { id } = await server.recording.sessions.start(user, input);
    expect((await server.recording.feed.recordedIn(community.channelId)).sharers).not.toContain(user.id);
    const startedAtMs = Date.now() - 90_000;
    server.recorder.started(id, startedAtMs);
    await expect.poll(recorded).toMatchObject([
      {
        id,
        username: user.username,
        quality: '720p',
        startedAt: new Date(startedAtMs).toISOString(),
        health: 'OK',
      },
    ]);
    expect(recorded()?.[0]?.durationMinutes).toBeCloseTo(1.5, 1);
    expect((await server.recording.feed.recordedIn(community.channelId)).sharers).toContain(user.id);

    server.recorder.degraded(id, true);
    await expect.poll(() => recorded()?.[0]?.health).toBe('DEGRADED');
    await server.recording.sessions.stop(user, id);
    await expect.poll(recorded).toEqual([]);
    await seen.close();
  });

  it('also updates voice presence', async () => {
    const { user, input } = await stage.createSharer(community);
    const told: string[] = [];
    const stop = stage.events.listen('presence', ({ channelId }) => told.push(channelId));
    const { id } = await server.recording.sessions.start(user, input);
    const before = told.length;
    server.recorder.started(id, Date.now());
    await expect.poll(() => told.length).toBeGreaterThan(before);
    expect(new Set(told)).toEqual(new Set([community.channelId]));
    stop();
  });
});

describe("the caller's own buffer", () => {
  it('grows with each segment, and shows the gap between two sessions', async () => {
    const { user, input } = await stage.createSharer(community);
    const seen = follow(user, community.channelId);
    await expect.poll(() => seen.newest('mine')?.mine).toMatchObject({ session: null, ranges: [] });

    const first = await server.recording.sessions.start(user, input);
    const startMs = Date.now() - 60_000;
    server.recorder.started(first.id, startMs);
    const write = async (id: string, fromMs: number, segments: number) => {
      const { segmentPath } = await stage.db.egressSession.findUniqueOrThrow({ where: { id } });
      const directory = bufferDirectory(stage.bufferDir, segmentPath);
      await writeFixtureSession({ directory, startMs: fromMs, segments });
      server.recorder.segment(id, fromMs, fromMs + segments * 4000);
    };
    const ranges = () =>
      seen
        .newest('mine')
        ?.mine.ranges.map(({ from, to }) => [Date.parse(from) - startMs, Date.parse(to) - startMs]);
    await write(first.id, startMs, 2);
    await expect.poll(ranges).toEqual([[0, 8000]]);
    await write(first.id, startMs, 3);
    await expect.poll(ranges).toEqual([[0, 12_000]]);
    expect(stage.shown.at(-1)).toMatchObject([{ sessionId: first.id }, {}, { toMs: startMs + 12_000 }]);
    expect(seen.newest('mine')?.mine).toMatchObject({ session: { status: 'ACTIVE' }, windowMs: 600_000 });

    await server.recording.sessions.stop(user, first.id);
    await expect.poll(() => seen.newest('mine')?.mine.session?.status).toBe('STOPPED');
    const second = await server.recording.sessions.start(user, stage.share(user, community.channelId));
    await write(second.id, startMs + 20_000, 1);
    await expect.poll(ranges).toEqual([
      [0, 12_000],
      [20_000, 24_000],
    ]);
    expect(seen.newest('mine')?.mine.session?.id).toBe(second.id);
    await seen.close();
  });

  it('disappears when its grace time is over', async () => {
    const { user, input } = await stage.createSharer(community);
    const { id } = await server.recording.sessions.start(user, input);
    await server.recording.sessions.stop(user, id);
    expect((await server.recording.feed.mine(user, community.channelId)).session?.id).toBe(id);
    const { hasBuffers } = server.recording.feed;
    expect(await hasBuffers({ userId: user.id })).toBe(true);
    expect(await hasBuffers({ userId: user.id, keptVoices: { some: {} } })).toBe(false);
    await stage.db.egressSession.update({
      where: { id },
      data: { endedAt: new Date(Date.now() - stage.buffer.graceMs - 1) },
    });
    expect(await server.recording.feed.mine(user, community.channelId)).toMatchObject({
      session: null,
      ranges: [],
    });
    expect(await hasBuffers({ userId: user.id })).toBe(false);
  });

  it('is not shown to other people’s subscriptions', async () => {
    const { user, input } = await stage.createSharer(community);
    const viewer = await stage.createUser(community.id);
    const seen = follow(viewer, community.channelId);
    const { id } = await server.recording.sessions.start(user, input);
    server.recorder.started(id, Date.now());
    await expect.poll(() => seen.newest('room')?.sessions.some((each) => each.id === id)).toBe(true);
    expect(seen.received.filter(({ type }) => type === 'mine')).toHaveLength(1);
    expect(seen.newest('mine')?.mine.session).toBeNull();
    await seen.close();
  });
});

describe('a subscription', () => {
  it('starts with both snapshots, and misses nothing that happens meanwhile', async () => {
    const { user, input } = await stage.createSharer(community);
    const seen = follow(user, community.channelId);
    const { id } = await server.recording.sessions.start(user, input);
    server.recorder.started(id, Date.now());
    await expect.poll(() => seen.newest('mine')?.mine.session?.status).toBe('ACTIVE');
    expect(seen.received.slice(0, 2).map(({ type }) => type)).toEqual(['room', 'mine']);
    await seen.close();
  });

  it('ends with its signal, also when it was aborted before', async () => {
    const user = await stage.createUser(community.id);
    const seen = follow(user, community.channelId);
    await expect.poll(() => seen.received.length).toBe(2);
    await seen.close();
    const events = server.recording.feed.events(user, community.channelId, AbortSignal.abort());
    await expect(events.next()).resolves.toEqual({ done: true, value: undefined });
  });

  it('is only for members, and ends for those who were removed', async () => {
    const stranger = await stage.createUser(null);
    for (const work of [
      () => server.recording.feed.status(stranger, community.channelId),
      () => server.recording.feed.mine(stranger, community.channelId),
      () => follow(stranger, community.channelId).finished,
    ])
      await expect(work()).rejects.toMatchObject({ code: 'NOT_FOUND' });

    const member = await stage.createUser(community.id);
    const seen = follow(member, community.channelId);
    await expect.poll(() => seen.received.length).toBe(2);
    await stage.db.memberRole.deleteMany({ where: { userId: member.id } });
    await stage.db.communityMember.deleteMany({ where: { userId: member.id } });
    stage.events.emit('room', { channelId: community.channelId });
    await expect(seen.finished).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
