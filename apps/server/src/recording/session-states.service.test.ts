import type { EndReason } from '@hindsight/shared/replay';
import type { RecordingEnd } from '@hindsight/recorder/recorder.port';
import { ParticipantInfo, Room, TrackInfo, WebhookEvent } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFixtureSession } from '../buffer/buffer-fixture.ts';
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
const sessionsOf = ({ user }: Sharer) =>
  stage.db.egressSession.findMany({ where: { userId: user.id }, orderBy: { createdAt: 'asc' } });
const statesOf = async (sharer: Sharer) =>
  (await sessionsOf(sharer)).map(({ status, endReason }) => [status, endReason]);
const reconcile = () => server.recording.reconcile(new AbortController().signal);

/** A share that is being recorded. */
async function recordedSharer(maxConcurrent = 5): Promise<Sharer & { id: string }> {
  const sharer = await stage.createSharer(await stage.createCommunity({ maxConcurrent }));
  const { id } = await server.recording.sessions.start(sharer.user, sharer.input);
  server.recorder.started(id, Date.now());
  await expect.poll(async () => (await row(id)).status).toBe('ACTIVE');
  return { ...sharer, id };
}

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

  it('change its health in the order in which they came', async () => {
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
  ])('end it: %s', async (reason, status, endReason) => {
    const { id, user, input } = await recordedSharer();
    stage.livekit.leave(input.channelId, user.id);
    server.recorder.end(id, reason);
    await expect.poll(() => row(id)).toMatchObject({ status, endReason });
  });

  it('of sessions that nobody knows do no harm', async () => {
    const { id } = await recordedSharer();
    server.recorder.started('0199e7a0-0000-7000-8000-00000000dead', Date.now());
    server.recorder.end('0199e7a0-0000-7000-8000-00000000dead', 'failed');
    await expect.poll(async () => (await row(id)).status).toBe('ACTIVE');
  });
});

describe('webhooks', () => {
  const webhook = (event: WebhookEvent['event'], { user, input }: Sharer, sid = input.videoTrackSid) => {
    const webhookEvent = new WebhookEvent({
      room: new Room({ name: input.channelId }),
      participant: new ParticipantInfo({ identity: user.id }),
      track: new TrackInfo({ sid }),
    });
    webhookEvent.event = event;
    return webhookEvent;
  };

  it('of the unpublished share end its session, once', async () => {
    const sharer = await recordedSharer();
    const event = webhook('track_unpublished', sharer);
    await Promise.all(Array.from({ length: 5 }, () => server.recording.onWebhook(event)));
    expect(await statesOf(sharer)).toEqual([['STOPPED', 'SHARE_ENDED']]);
    expect(server.recorder.recording).not.toContain(sharer.id);
  });

  it('of another track leave it alone', async () => {
    const sharer = await recordedSharer();
    await server.recording.onWebhook(webhook('track_unpublished', sharer, 'TR_microphone'));
    expect(await statesOf(sharer)).toEqual([['ACTIVE', null]]);
  });

  it('of a departure end it when LiveKit agrees', async () => {
    const sharer = await recordedSharer();
    stage.livekit.leave(sharer.input.channelId, sharer.user.id);
    await server.recording.onWebhook(webhook('participant_left', sharer));
    await server.recording.onWebhook(webhook('room_finished', sharer));
    expect(await statesOf(sharer)).toEqual([['STOPPED', 'LEFT']]);
  });

  it('of an earlier departure that come late leave the present share alone', async () => {
    const sharer = await recordedSharer();
    await server.recording.onWebhook(webhook('participant_left', sharer));
    await server.recording.onWebhook(webhook('room_finished', sharer));
    stage.livekit.isDown = true;
    await server.recording.onWebhook(webhook('participant_left', sharer));
    stage.livekit.isDown = false;
    expect(await statesOf(sharer)).toEqual([['ACTIVE', null]]);
  });

  it('agree with the recorder, whoever comes first', async () => {
    const sharer = await recordedSharer();
    const event = webhook('track_unpublished', sharer);
    server.recorder.end(sharer.id, 'share-ended');
    await server.recording.onWebhook(event);
    await expect.poll(() => statesOf(sharer)).toEqual([['STOPPED', 'SHARE_ENDED']]);
  });

  it('of other rooms, recorders and unknown kinds are taken', async () => {
    const { user, input } = await recordedSharer();
    for (const event of [
      new WebhookEvent({}),
      new WebhookEvent({ room: new Room({ name: 'not-a-channel' }) }),
      new WebhookEvent({
        room: new Room({ name: input.channelId }),
        participant: new ParticipantInfo({ identity: 'EG_abc' }),
      }),
      new WebhookEvent({
        room: new Room({ name: input.channelId }),
        participant: new ParticipantInfo({ identity: user.id }),
      }),
    ])
      await expect(server.recording.onWebhook(event)).resolves.toBeUndefined();
  });
});

describe('a share whose recording ends without its sharer', () => {
  it.each(['connection-lost', 'failed'] as const)('is taken up again at once: %s', async (reason) => {
    const sharer = await recordedSharer(1);
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

  it('is tried again while the recorder or LiveKit cannot be reached', async () => {
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

  it('is left alone when it is over or was published anew', async () => {
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

  it('is not taken up for somebody who may no longer record', async () => {
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

describe('reconciliation', () => {
  it('ends what nobody records, and takes the share up again', async () => {
    const sharer = await recordedSharer();
    server.recorder.loseAll();
    await reconcile();
    expect(await statesOf(sharer)).toEqual([
      ['FAILED', 'RECORDER_FAILED'],
      ['STARTING', null],
    ]);
  });

  it('ends what nobody shares, and stops its recording', async () => {
    const [left, unpublished] = [await recordedSharer(), await recordedSharer()];
    stage.livekit.leave(left.input.channelId, left.user.id);
    stage.livekit.publish(unpublished.input.channelId, unpublished.user.id, { microphone: 'TR_mic' });
    await reconcile();
    expect(await statesOf(left)).toEqual([['STOPPED', 'LEFT']]);
    expect(await statesOf(unpublished)).toEqual([['STOPPED', 'SHARE_ENDED']]);
    expect(server.recorder.recording).not.toContain(left.id);
    expect(server.recorder.recording).not.toContain(unpublished.id);
  });

  it('stops recordings that no session owns', async () => {
    const sharer = await recordedSharer();
    await stage.db.egressSession.delete({ where: { id: sharer.id } });
    await reconcile();
    expect(server.recorder.recording).not.toContain(sharer.id);
  });

  it('leaves everything alone that goes on, however long, and when LiveKit cannot be asked', async () => {
    const sharer = await recordedSharer();
    const longAgo = new Date(Date.now() - 30 * 60 * 60 * 1000);
    await stage.db.egressSession.update({
      where: { id: sharer.id },
      data: { createdAt: longAgo, startedAt: longAgo },
    });
    await reconcile();
    stage.livekit.isDown = true;
    await reconcile();
    stage.livekit.isDown = false;
    expect(await statesOf(sharer)).toEqual([['ACTIVE', null]]);
  });

  it('leaves the true reason to an end that is being reported, and to a stop under way', async () => {
    const [reported, stopped] = [await recordedSharer(), await recordedSharer()];
    server.recorder.end(reported.id, 'share-ended');
    await Promise.all([server.recording.sessions.stop(stopped.user, stopped.id), reconcile(), reconcile()]);
    expect(await statesOf(reported)).toEqual([['STOPPED', 'SHARE_ENDED']]);
    expect(await statesOf(stopped)).toEqual([['STOPPED', 'STOPPED_BY_USER']]);
  });

  it('does not end a session whose recorder is just starting', async () => {
    const sharer = await stage.createSharer(await stage.createCommunity());
    const gate = Promise.withResolvers<void>();
    server.recorder.beforeStart = () => gate.promise;
    const starting = server.recording.sessions.start(sharer.user, sharer.input);
    await expect.poll(() => statesOf(sharer)).toEqual([['STARTING', null]]);
    await reconcile();
    gate.resolve();
    server.recorder.beforeStart = async () => undefined;
    await expect(starting).resolves.toMatchObject({ status: 'STARTING' });
  });
});

describe('a restart of the server', () => {
  it('ends what was recorded as of the end of its buffer, and takes the share up again', async () => {
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

  it('ends sessions without any media where they began', async () => {
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

  it('that was clean has ended its recordings, and the next start takes them up', async () => {
    const first = stage.startProcess();
    const sharer = await stage.createSharer(await stage.createCommunity());
    await first.recording.sessions.start(sharer.user, sharer.input);
    await first.recording.close();
    expect(first.recorder.recording).toEqual([]);
    expect(await statesOf(sharer)).toEqual([['STOPPED', 'SERVER_SHUT_DOWN']]);

    const second = stage.startProcess();
    await second.recording.recover();
    await expect.poll(() => second.recorder.recording.length).toBeGreaterThan(0);
    expect((await statesOf(sharer)).at(-1)).toEqual(['STARTING', null]);
    await second.recording.close();
  });
});

describe('flushing', () => {
  it('reaches the running recording of that user and channel, and is quiet without one', async () => {
    const sharer = await recordedSharer();
    const key = { userId: sharer.user.id, channelId: sharer.input.channelId };
    await server.recording.flush(key);
    expect(server.recorder.flushed).toEqual([(await row(sharer.id)).egressId]);
    await server.recording.flush({ ...key, channelId: sharer.user.id });
    expect(server.recorder.flushed).toHaveLength(1);
  });
});
