import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFixtureSession } from '../buffer/testing/buffer-fixture.ts';
import { bufferDirectory } from '../buffer/buffer-paths.ts';
import { openStage, type Sharer, type Stage } from './testing/stage.ts';

let stage: Stage;
let server: ReturnType<Stage['startProcess']>;

beforeAll(async () => {
  stage = await openStage();
  server = stage.startProcess();
});
afterAll(() => stage.close());

const row = (id: string) => stage.db.egressSession.findUniqueOrThrow({ where: { id } });
const recordedSharer = () => stage.createRecordedSharer(server);
const sessionsOf = ({ user }: Sharer) => stage.sessionsOf(user);
const statesOf = (sharer: Sharer) => stage.statesOf(sharer.user);
const reconcile = () => server.recording.reconcile(new AbortController().signal);

describe('a share whose recording ends without the sharer’s doing', () => {
  it.each(['connection-lost', 'failed'] as const)('is resumed at once: %s', async (reason) => {
    const sharer = await recordedSharer();
    server.recorder.end(sharer.id, reason);
    await expect.poll(async () => (await sessionsOf(sharer)).length).toBe(2);
    const [, next] = await sessionsOf(sharer);
    expect(next).toMatchObject({ endedAt: null, videoTrackSid: sharer.input.videoTrackSid });
    await expect
      .poll(() => server.recorder.requests.at(-1))
      .toMatchObject({
        sessionId: next?.id,
        videoTrackSid: sharer.input.videoTrackSid,
        audioTrackSid: sharer.input.audioTrackSid,
      });
  });

  it('is retried while the recorder or LiveKit is unavailable', async () => {
    const sharer = await recordedSharer();
    let failures = 2;
    server.recorder.beforeStart = async () => {
      if (failures-- > 0) throw new Error('no connection');
    };
    stage.livekit.isDown = true;
    server.recorder.end(sharer.id, 'connection-lost');
    await expect.poll(() => statesOf(sharer)).toEqual([['STOPPED', 'CONNECTION_LOST']]);
    stage.livekit.isDown = false;
    await expect
      .poll(() => statesOf(sharer))
      .toEqual([
        ['STOPPED', 'CONNECTION_LOST'],
        ['STARTING', null],
      ]);
    server.recorder.beforeStart = async () => undefined;
  });

  it('is not resumed when it is over or was published again', async () => {
    for (const change of ['leave', 'share'] as const) {
      const sharer = await recordedSharer();
      if (change === 'leave') stage.livekit.leave(sharer.input.channelId, sharer.user.id);
      else stage.share(sharer.user, sharer.input.channelId);
      server.recorder.end(sharer.id, 'connection-lost');
      await expect.poll(() => statesOf(sharer)).toEqual([['STOPPED', 'CONNECTION_LOST']]);
      await reconcile();
      expect(await statesOf(sharer)).toEqual([['STOPPED', 'CONNECTION_LOST']]);
    }
  });

  it('waits for room on the disk of the buffers, and is resumed then', async () => {
    const sharer = await recordedSharer();
    const { freeBlocks } = stage.diskState;
    stage.diskState.freeBlocks = 0;
    server.recorder.end(sharer.id, 'disk-full');
    await expect.poll(() => statesOf(sharer)).toEqual([['FAILED', 'DISK_FULL']]);
    // More attempts than are made for any other reason.
    await sleep(500);
    expect(await statesOf(sharer)).toEqual([['FAILED', 'DISK_FULL']]);
    stage.diskState.freeBlocks = freeBlocks;
    await expect
      .poll(() => statesOf(sharer))
      .toEqual([
        ['FAILED', 'DISK_FULL'],
        ['STARTING', null],
      ]);
  });

  it('is not resumed when its sharer has stopped it while it waited for room', async () => {
    const sharer = await recordedSharer();
    const { freeBlocks } = stage.diskState;
    stage.diskState.freeBlocks = 0;
    server.recorder.end(sharer.id, 'disk-full');
    await expect.poll(() => statesOf(sharer)).toEqual([['FAILED', 'DISK_FULL']]);
    await server.recording.sessions.stop(sharer.user, sharer.id);
    stage.diskState.freeBlocks = freeBlocks;
    await reconcile();
    await sleep(500);
    // An attempt that was under way may have made a session, which it stopped as soon as it knew.
    for (const state of await statesOf(sharer)) expect(state).toEqual(['STOPPED', 'STOPPED_BY_USER']);
  });

  it('is not resumed when its sharer may no longer record', async () => {
    const sharer = await recordedSharer();
    await stage.db.memberRole.deleteMany({ where: { userId: sharer.user.id } });
    server.recorder.end(sharer.id, 'failed');
    await expect.poll(() => statesOf(sharer)).toEqual([['FAILED', 'RECORDER_FAILED']]);
    await reconcile();
    expect(await statesOf(sharer)).toEqual([['FAILED', 'RECORDER_FAILED']]);
  });

  it('is given up when its recordings keep ending', async () => {
    const sharer = await recordedSharer();
    let ended = 0;
    server.recorder.beforeStart = async ({ sessionId }) => {
      setTimeout(() => server.recorder.end(sessionId, 'failed'), 5);
    };
    server.recorder.end(sharer.id, 'failed');
    await expect
      .poll(async () => (ended = (await statesOf(sharer)).filter(([status]) => status === 'FAILED').length))
      .toBe(6);
    server.recorder.beforeStart = async () => undefined;
    await reconcile();
    expect(ended).toBe(6);
    expect(await statesOf(sharer)).toHaveLength(6);
  });
});

describe('a restart of the server', () => {
  it('ends recordings as of the end of their buffer, and resumes the shares', async () => {
    const sharer = await recordedSharer();
    const { segmentPath } = await row(sharer.id);
    const startMs = Date.now() - 30_000;
    const directory = bufferDirectory(stage.bufferDir, segmentPath);
    await writeFixtureSession({ directory, startMs, segments: 3 });

    const next = stage.startProcess();
    await next.recording.recover();
    expect(await row(sharer.id)).toMatchObject({
      status: 'STOPPED',
      endReason: 'SERVER_SHUT_DOWN',
      endedAt: new Date(startMs + 12_000),
    });
    await expect
      .poll(() => statesOf(sharer))
      .toEqual([
        ['STOPPED', 'SERVER_SHUT_DOWN'],
        ['STARTING', null],
      ]);
    const key = { userId: sharer.user.id, channelId: sharer.input.channelId };
    expect(await stage.timeline.of(key, Date.now())).toHaveLength(3);
    await next.recording.close();
  });

  it('continues a recording that outlived the process, also one that was not stored yet', async () => {
    for (const isNoted of [true, false]) {
      const sharer = await recordedSharer();
      const { egressId } = await row(sharer.id);
      if (!isNoted)
        await stage.db.egressSession.update({ where: { id: sharer.id }, data: { egressId: null } });
      const next = stage.startProcess();
      next.recorder.outlive(server.recorder, sharer.id);
      await next.recording.recover();
      expect(await row(sharer.id)).toMatchObject({ status: 'ACTIVE', endReason: null, egressId });
      expect(next.recorder.recording).toContain(sharer.id);
      await next.recording.sessions.stop(sharer.user, sharer.id);
      expect(next.recorder.recording).not.toContain(sharer.id);
      expect(await statesOf(sharer)).toEqual([['STOPPED', 'STOPPED_BY_USER']]);
      await next.recording.close();
    }
  });

  it('ends sessions without any media at their start', async () => {
    const sharer = await stage.createSharer(await stage.createCommunity());
    const { id } = await server.recording.sessions.start(sharer.user, sharer.input);
    stage.livekit.leave(sharer.input.channelId, sharer.user.id);
    const next = stage.startProcess();
    await next.recording.recover();
    const { endedAt, createdAt } = await row(id);
    expect(endedAt).toEqual(createdAt);
    await next.recording.close();
  });

  it('waits for LiveKit when both start together', async () => {
    const sharer = await recordedSharer();
    stage.livekit.isDown = true;
    const next = stage.startProcess();
    await next.recording.recover();
    expect(await statesOf(sharer)).toEqual([['STOPPED', 'SERVER_SHUT_DOWN']]);
    stage.livekit.isDown = false;
    await expect
      .poll(() => statesOf(sharer))
      .toEqual([
        ['STOPPED', 'SERVER_SHUT_DOWN'],
        ['STARTING', null],
      ]);
    await next.recording.close();
  });

  it('resumes recordings that a clean shutdown ended', async () => {
    const first = stage.startProcess();
    const sharer = await stage.createSharer(await stage.createCommunity());
    await first.recording.sessions.start(sharer.user, sharer.input);
    await first.recording.close();
    expect(first.recorder.recording).toEqual([]);
    expect(await statesOf(sharer)).toEqual([['STOPPED', 'SERVER_SHUT_DOWN']]);

    const second = stage.startProcess();
    await second.recording.recover();
    // Other people's shares may be resumed before.
    await expect.poll(async () => (await statesOf(sharer)).at(-1)).toEqual(['STARTING', null]);
    const [, next] = await sessionsOf(sharer);
    await expect.poll(() => second.recorder.recording).toContain(next?.id);
    await second.recording.close();
  });
});
