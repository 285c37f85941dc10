import { historySchema } from '@hindsight/shared/replay/replay';
import { DAY, MINUTE } from '@hindsight/shared/units';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './testing/stage.ts';

let stage: Stage;
let server: ReturnType<Stage['startProcess']>;

beforeAll(async () => {
  stage = await openStage();
  server = stage.startProcess();
});
afterAll(() => stage.close());

/** Makes a recording of somebody new in a channel, which began the given time ago. */
async function record(community: { id: string; channelId: string }, agoMs: number) {
  const { user, input } = await stage.createSharer(community);
  const { id } = await server.recording.sessions.start(user, input);
  server.recorder.started(id, Date.now() - agoMs);
  await expect
    .poll(() => stage.db.egressSession.findUnique({ where: { id } }))
    .toMatchObject({ status: 'ACTIVE' });
  return { id, user };
}

function list(user: Parameters<typeof server.recording.history.list>[0], channelId: string, cursor?: string) {
  return server.recording.history.list(user, { channelId, cursor, limit: 2 });
}

describe('the history of recordings', () => {
  it('shows every member who was recorded, when, for how long and why it ended', async () => {
    const community = await stage.createCommunity();
    const viewer = await stage.createUser(community.id, []);
    const bo = await record(community, 3 * MINUTE);
    const running = await list(viewer, community.channelId);
    expect(running).toMatchObject({
      items: [{ id: bo.id, username: bo.user.username, endedAt: null, endReason: null, durationMs: null }],
      nextCursor: null,
    });

    await server.recording.sessions.stop(bo.user, bo.id);
    // This test has no buffer, so the end is set here.
    const { startedAt } = await stage.db.egressSession.findUniqueOrThrow({ where: { id: bo.id } });
    const endedAt = new Date((startedAt?.getTime() ?? Number.NaN) + 3 * MINUTE);
    await stage.db.egressSession.update({ where: { id: bo.id }, data: { endedAt } });
    const [ended] = historySchema.parse(await list(viewer, community.channelId)).items;
    expect(ended).toEqual({
      id: bo.id,
      userId: bo.user.id,
      username: bo.user.username,
      quality: '720p',
      startedAt: startedAt?.toISOString(),
      endedAt: endedAt.toISOString(),
      endReason: 'STOPPED_BY_USER',
      durationMs: 3 * MINUTE,
      voices: [],
    });
  });

  it('comes newest first and in pages', async () => {
    const community = await stage.createCommunity();
    const viewer = await stage.createUser(community.id);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift((await record(community, MINUTE)).id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(viewer, community.channelId, cursor);
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(ids);
  });

  it('leaves out sessions without a frame, and other channels', async () => {
    const community = await stage.createCommunity();
    const { user, input } = await stage.createSharer(community);
    await server.recording.sessions.start(user, input);
    await record(await stage.createCommunity(), MINUTE);
    expect(await list(user, community.channelId)).toEqual({ items: [], nextCursor: null });
  });

  it('is hidden from outsiders, also from an instance admin who is no member', async () => {
    const community = await stage.createCommunity();
    await record(community, MINUTE);
    const stranger = await stage.createUser(null);
    for (const outsider of [stranger, { ...stranger, isInstanceAdmin: true }])
      await expect(list(outsider, community.channelId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('deleting old recordings', () => {
  it('deletes only those that ended over 30 days ago and have no buffer any more', async () => {
    const community = await stage.createCommunity();
    const viewer = await stage.createUser(community.id);
    const nowMs = Date.now();
    const end = async (endedDaysAgo: number, isPurged: boolean) => {
      const { id, user } = await record(community, MINUTE);
      await server.recording.sessions.stop(user, id);
      const endedAt = new Date(nowMs - endedDaysAgo * DAY);
      await stage.db.egressSession.update({
        where: { id },
        data: { endedAt, startedAt: endedAt, purgedAt: isPurged ? endedAt : null },
      });
      return id;
    };
    await end(31, true);
    const kept = [await end(31, false), await end(29, true), (await record(community, MINUTE)).id];
    await server.recording.history.forgetOld(nowMs);
    const { items } = await server.recording.history.list(viewer, {
      channelId: community.channelId,
      limit: 100,
    });
    expect(items.map(({ id }) => id).toSorted()).toEqual(kept.toSorted());
  });
});
