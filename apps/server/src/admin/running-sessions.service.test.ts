import { ACTIONS } from '@hindsight/shared/community/permissions';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeFixtureSession } from '../buffer/testing/buffer-fixture.ts';
import { bufferDirectory } from '../buffer/buffer-paths.ts';
import { openAdminStage, type AdminStage } from './testing/stage.ts';

let stage: AdminStage;
beforeAll(async () => {
  stage = await openAdminStage();
});
afterAll(() => stage.close());

async function recordedSharer() {
  const sharer = await stage.createRecordedSharer(stage.server);
  const channel = await stage.db.channel.findUniqueOrThrow({ where: { id: sharer.input.channelId } });
  return { ...sharer, communityId: channel.communityId };
}

it('lists who is recorded, where, since when and in what quality, with the size of the buffer', async () => {
  const sharer = await recordedSharer();
  const { segmentPath, startedAt } = await stage.db.egressSession.findUniqueOrThrow({
    where: { id: sharer.id },
  });
  const directory = bufferDirectory(stage.bufferDir, segmentPath);
  await writeFixtureSession({ directory, startMs: Date.now() - 30_000, segments: 5 });
  const pieces = await stage.timeline.of(
    { userId: sharer.user.id, channelId: sharer.input.channelId },
    Date.now(),
  );
  const bufferedBytes = pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  expect(bufferedBytes).toBeGreaterThan(0);

  const manager = await stage.createUser(sharer.communityId, [...ACTIONS]);
  expect(await stage.asAdmin(manager).session.list({ communityId: sharer.communityId })).toEqual({
    total: 1,
    items: [
      {
        id: sharer.id,
        userId: sharer.user.id,
        username: sharer.user.username,
        communityId: sharer.communityId,
        communityName: 'Home',
        channelId: sharer.input.channelId,
        channelName: 'Lounge',
        quality: '720p',
        health: 'OK',
        startedAt: startedAt?.toISOString(),
        bufferedBytes,
      },
    ],
  });
});

it('lists running recordings of one community, or of all for instance admins', async () => {
  const [first, second, ended] = [await recordedSharer(), await recordedSharer(), await recordedSharer()];
  await stage.server.recording.sessions.stop(ended.user, ended.id);
  const call = stage.asAdmin(await stage.createInstanceAdmin()).session;
  const one = await call.list({ communityId: first.communityId });
  expect(one.items.map(({ id }) => id)).toEqual([first.id]);
  const all = (await call.list({})).items.map(({ id }) => id);
  expect(all).toEqual(expect.arrayContaining([first.id, second.id]));
  expect(all).not.toContain(ended.id);
});

it('stops a recording with its reason, and tells its owner', async () => {
  const sharer = await recordedSharer();
  const told: string[] = [];
  const stopListening = stage.events.listen('mine', ({ userId }) => told.push(userId));
  await stage.asAdmin(await stage.createInstanceAdmin()).session.stop({ sessionId: sharer.id });
  stopListening();
  expect(told).toContain(sharer.user.id);
  expect(await stage.statesOf(sharer.user)).toEqual([['STOPPED', 'STOPPED_BY_ADMIN']]);
  expect(stage.server.recorder.recording).not.toContain(sharer.id);
  const mine = await stage.server.recording.feed.mine(sharer.user, sharer.input.channelId);
  expect(mine.session).toMatchObject({ endReason: 'STOPPED_BY_ADMIN' });
  expect(mine.session?.captureableUntil).not.toBeNull();
});
