import { openInterruptibleDatabase } from '@hindsight/db/testing-outages';
import { isDatabaseAway } from '@hindsight/db/database-away';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from './testing/stage.ts';

let outage: Awaited<ReturnType<typeof openInterruptibleDatabase>>;
let stage: Stage;
let server: ReturnType<Stage['startProcess']>;

beforeAll(async () => {
  outage = await openInterruptibleDatabase();
  stage = await openStage({ database: outage.database });
  server = stage.startProcess();
});
afterAll(() => stage.close());
afterEach(() => outage.proxy.comeBack());

const signal = new AbortController().signal;
const row = (id: string) => outage.direct.egressSession.findUniqueOrThrow({ where: { id } });

it('what recorders report in an outage is in the rows afterwards, in the order of the reports', async () => {
  const beginning = await stage.createSharer(await stage.createCommunity());
  const { id: begun } = await server.recording.sessions.start(beginning.user, beginning.input);
  const [degraded, ended, moved] = [
    await stage.createRecordedSharer(server),
    await stage.createRecordedSharer(server),
    await stage.createRecordedSharer(server),
  ];
  let segments = 0;
  const stopListening = stage.events.listen('mine', ({ userId }) => {
    if (userId === moved.user.id) segments += 1;
  });

  outage.proxy.goAway();
  const startedAtMs = Date.now() - 1500;
  server.recorder.started(begun, startedAtMs);
  for (let count = 0; count < 1000; count++) {
    server.recorder.degraded(degraded.id, count % 2 === 0);
    server.recorder.segment(moved.id, count, count + 1);
  }
  server.recorder.degraded(degraded.id, true);
  server.recorder.degraded(ended.id, true);
  server.recorder.segment(ended.id, 0, 1);
  stage.livekit.leave(ended.input.channelId, ended.user.id);
  server.recorder.end(ended.id, 'participant-left');
  server.recorder.moved(moved.id, 'TR_before');
  server.recorder.moved(moved.id, 'TR_after');
  expect(await row(ended.id)).toMatchObject({ status: 'ACTIVE', health: 'OK' });
  outage.proxy.comeBack();

  await expect.poll(() => row(begun)).toMatchObject({ status: 'ACTIVE', startedAt: new Date(startedAtMs) });
  await expect
    .poll(() => row(ended.id))
    .toMatchObject({ status: 'STOPPED', endReason: 'LEFT', health: 'OK' });
  await expect.poll(() => row(degraded.id)).toMatchObject({ status: 'ACTIVE', health: 'DEGRADED' });
  await expect.poll(() => row(moved.id)).toMatchObject({ status: 'ACTIVE', videoTrackSid: 'TR_after' });
  // Of a thousand segments one was told at once, and the newest when the database was back, beside the move.
  expect(segments).toBeLessThanOrEqual(3);
  stopListening();
});

it('a recording that failed in an outage is resumed afterwards, and its own row ends', async () => {
  const { id, user } = await stage.createRecordedSharer(server);
  outage.proxy.goAway();
  server.recorder.end(id, 'failed');
  outage.proxy.comeBack();
  await expect
    .poll(() => stage.statesOf(user))
    .toEqual([
      ['FAILED', 'RECORDER_FAILED'],
      ['STARTING', null],
    ]);
});

it('an end whose answer was lost resumes the share, too', async () => {
  const { id, user } = await stage.createRecordedSharer(server);
  // The row ends at another connection: for this server it is as if its own statement had got no answer.
  outage.proxy.goAway();
  server.recorder.end(id, 'connection-lost');
  await outage.direct.egressSession.update({
    where: { id },
    data: { status: 'STOPPED', endReason: 'CONNECTION_LOST', endedAt: new Date() },
  });
  outage.proxy.comeBack();
  await expect
    .poll(() => stage.statesOf(user))
    .toEqual([
      ['STOPPED', 'CONNECTION_LOST'],
      ['STARTING', null],
    ]);
});

it('no recording ends because the periodic check can’t read the database, or reads it before the reports', async () => {
  const [going, ended] = [await stage.createRecordedSharer(server), await stage.createRecordedSharer(server)];
  outage.proxy.goAway();
  await expect(server.recording.reconcile(signal)).rejects.toSatisfy(isDatabaseAway);
  stage.livekit.leave(ended.input.channelId, ended.user.id);
  server.recorder.end(ended.id, 'participant-left');
  outage.proxy.comeBack();
  await server.recording.reconcile(signal);
  expect(await row(ended.id)).toMatchObject({ status: 'STOPPED', endReason: 'LEFT' });
  expect(await row(going.id)).toMatchObject({ status: 'ACTIVE' });
  expect(server.recorder.recording).toContain(going.id);
});

it('a start in an outage is refused as such, and its slot is free afterwards', async () => {
  const sharer = await stage.createSharer(await stage.createCommunity());
  const recordedBefore = server.recorder.recording;
  server.recorder.beforeStart = async () => outage.proxy.goAway();
  const refusal: unknown = await server.recording.sessions
    .start(sharer.user, sharer.input)
    .catch((error: unknown) => error);
  server.recorder.beforeStart = async () => undefined;
  expect(isDatabaseAway(refusal)).toBe(true);
  outage.proxy.comeBack();
  await expect.poll(() => stage.sessionsOf(sharer.user)).toEqual([]);
  expect(server.recorder.recording).toEqual(recordedBefore);
});
