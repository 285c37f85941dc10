import { ParticipantInfo, Room, TrackInfo, WebhookEvent } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Sharer, type Stage } from './testing/stage.ts';

let stage: Stage;
let server: ReturnType<Stage['startProcess']>;

beforeAll(async () => {
  stage = await openStage();
  // A reconciliation waits for all attempts, which fail while LiveKit is unavailable.
  server = stage.startProcess(undefined, [0, 20, 50, 100]);
});
afterAll(() => stage.close());

const recordedSharer = () => stage.createRecordedSharer(server);
const statesOf = (sharer: Sharer) => stage.statesOf(sharer.user);
const reconcile = () => server.recording.reconcile(new AbortController().signal);

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

  it.each(['track_unpublished', 'participant_left'] as const)(
    'do not end a share that its recorder waits for (%s)',
    async (kind) => {
      const sharer = await recordedSharer();
      server.recorder.waiting.add(sharer.id);
      stage.livekit.leave(sharer.input.channelId, sharer.user.id);
      await server.recording.onWebhook(webhook(kind, sharer));
      await reconcile();
      expect(await statesOf(sharer)).toEqual([['ACTIVE', null]]);
      server.recorder.waiting.clear();
      await reconcile();
      expect(await statesOf(sharer)).toEqual([['STOPPED', 'LEFT']]);
    },
  );

  it('do not end a share that continues under another SID', async () => {
    const sharer = await recordedSharer();
    const { videoTrackSid } = stage.share(sharer.user, sharer.input.channelId);
    const handled = server.recording.onWebhook(webhook('track_unpublished', sharer));
    server.recorder.moved(sharer.id, videoTrackSid);
    await handled;
    await reconcile();
    expect(await statesOf(sharer)).toEqual([['ACTIVE', null]]);
    expect(await stage.sessionsOf(sharer.user)).toMatchObject([{ videoTrackSid, audioTrackSid: null }]);
  });

  it('of another track do not end it', async () => {
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

  it('of an earlier departure that come late do not end the present share', async () => {
    const sharer = await recordedSharer();
    await server.recording.onWebhook(webhook('participant_left', sharer));
    await server.recording.onWebhook(webhook('room_finished', sharer));
    stage.livekit.isDown = true;
    await server.recording.onWebhook(webhook('participant_left', sharer));
    stage.livekit.isDown = false;
    expect(await statesOf(sharer)).toEqual([['ACTIVE', null]]);
  });

  it('agree with the recorder, whichever comes first', async () => {
    const sharer = await recordedSharer();
    const event = webhook('track_unpublished', sharer);
    server.recorder.end(sharer.id, 'share-ended');
    await server.recording.onWebhook(event);
    await expect.poll(() => statesOf(sharer)).toEqual([['STOPPED', 'SHARE_ENDED']]);
  });

  it('of other rooms, recorders and unknown kinds are ignored', async () => {
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

describe('reconciliation', () => {
  it('ends a session that nobody records, and resumes its share', async () => {
    const sharer = await recordedSharer();
    server.recorder.loseAll();
    await reconcile();
    expect(await statesOf(sharer)).toEqual([
      ['FAILED', 'RECORDER_FAILED'],
      ['STARTING', null],
    ]);
  });

  it('ends a session that nobody shares, and stops its recording', async () => {
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

  it('does not end what goes on, however long, or when LiveKit is unavailable', async () => {
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

  it('keeps the true reason of an end that is being reported, and of a stop under way', async () => {
    const [reported, stopped] = [await recordedSharer(), await recordedSharer()];
    server.recorder.end(reported.id, 'share-ended');
    await Promise.all([server.recording.sessions.stop(stopped.user, stopped.id), reconcile(), reconcile()]);
    expect(await statesOf(reported)).toEqual([['STOPPED', 'SHARE_ENDED']]);
    expect(await statesOf(stopped)).toEqual([['STOPPED', 'STOPPED_BY_USER']]);
  });

  it('keeps the reason of the first of two simultaneous stops', async () => {
    const sharer = await recordedSharer();
    const byWebhook = Promise.withResolvers<void>();
    const stopListening = server.recorder.subscribe(({ type }) => {
      // The first stop is under way.
      if (type === 'ended') byWebhook.resolve(server.recording.end({ id: sharer.id }, 'SHARE_ENDED'));
    });
    await server.recording.sessions.stop(sharer.user, sharer.id);
    await byWebhook.promise;
    stopListening();
    await expect.poll(() => statesOf(sharer)).toEqual([['STOPPED', 'STOPPED_BY_USER']]);
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
