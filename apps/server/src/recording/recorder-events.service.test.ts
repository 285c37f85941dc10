import type { RecordingEnd } from '@hindsight/recorder/recorder.port';
import type { EndReason } from '@hindsight/shared/replay/replay';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './testing/stage.ts';

let stage: Stage;
let server: ReturnType<Stage['startProcess']>;

beforeAll(async () => {
  stage = await openStage();
  server = stage.startProcess();
});
afterAll(() => stage.close());

const row = (id: string) => stage.db.egressSession.findUniqueOrThrow({ where: { id } });
const recordedSharer = () => stage.createRecordedSharer(server);

describe("the recorder's reports", () => {
  it('make a session active as of its first frame', async () => {
    const sharer = await stage.createSharer(await stage.createCommunity());
    const { id } = await server.recording.sessions.start(sharer.user, sharer.input);
    const startedAtMs = Date.now() - 123;
    server.recorder.started(id, startedAtMs);
    await expect
      .poll(() => row(id))
      .toMatchObject({ status: 'ACTIVE', startedAt: new Date(startedAtMs), health: 'OK' });
  });

  it('change its health in the order of the reports', async () => {
    const { id } = await recordedSharer();
    for (let i = 0; i < 10; i++) {
      server.recorder.degraded(id, true);
      server.recorder.degraded(id, false);
    }
    server.recorder.degraded(id, true);
    await expect.poll(async () => (await row(id)).health).toBe('DEGRADED');
    server.recorder.degraded(id, false);
    await expect.poll(async () => (await row(id)).health).toBe('OK');
  });

  it.each<[RecordingEnd, 'STOPPED' | 'FAILED', EndReason]>([
    ['share-ended', 'STOPPED', 'SHARE_ENDED'],
    ['participant-left', 'STOPPED', 'LEFT'],
    ['connection-lost', 'STOPPED', 'CONNECTION_LOST'],
    ['failed', 'FAILED', 'RECORDER_FAILED'],
    ['stopped', 'STOPPED', 'SERVER_SHUT_DOWN'],
  ])('end a session: %s', async (reason, status, endReason) => {
    const { id, user, input } = await recordedSharer();
    stage.livekit.leave(input.channelId, user.id);
    server.recorder.end(id, reason);
    await expect.poll(() => row(id)).toMatchObject({ status, endReason });
  });

  it('of unknown sessions are ignored', async () => {
    const { id } = await recordedSharer();
    server.recorder.started('0199e7a0-0000-7000-8000-00000000dead', Date.now());
    server.recorder.end('0199e7a0-0000-7000-8000-00000000dead', 'failed');
    await expect.poll(async () => (await row(id)).status).toBe('ACTIVE');
  });
});

describe('flushing', () => {
  it('reaches the running recording of that user and channel, and does nothing without one', async () => {
    const sharer = await recordedSharer();
    const key = { userId: sharer.user.id, channelId: sharer.input.channelId };
    await server.recording.flush(key);
    expect(server.recorder.flushed).toEqual([(await row(sharer.id)).egressId]);
    await server.recording.flush({ ...key, channelId: sharer.user.id });
    expect(server.recorder.flushed).toHaveLength(1);
  });

  it('is skipped for callers who can’t wait, unless the recorder does it at once', async () => {
    const sharer = await recordedSharer();
    const key = { userId: sharer.user.id, channelId: sharer.input.channelId };
    const before = server.recorder.flushed.length;
    server.recorder.flushesAtOnce = false;
    await server.recording.refresh(key);
    expect(server.recorder.flushed).toHaveLength(before);
    server.recorder.flushesAtOnce = true;
    await server.recording.refresh(key);
    expect(server.recorder.flushed).toHaveLength(before + 1);
  });
});
