import { ParticipantInfo, Room, TrackInfo, WebhookEvent } from 'livekit-server-sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { wireBuses } from '../cluster/testing/wired-buses.ts';
import { createAppEvents } from '../events/events.ts';
import { openStage, type Sharer, type Stage } from './testing/stage.ts';

let stage: Stage;
/** These servers run at the same time. */
let one: ReturnType<Stage['startProcess']>;
let two: typeof one;
let three: typeof one;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  const { buses } = wireBuses(3);
  const [first, second, third] = buses.map((bus) => stage.startProcess(createAppEvents(bus)));
  if (first === undefined || second === undefined || third === undefined) throw new Error('three buses');
  [one, two, three] = [first, second, third];
});

const statesOf = (sharer: Sharer) => stage.statesOf(sharer.user);
const row = (id: string) => stage.db.egressSession.findUniqueOrThrow({ where: { id } });

describe('a recording of another server', () => {
  it('is stopped there, by its sharer and by webhooks', async () => {
    const [mine, theirs] = [await stage.createRecordedSharer(one), await stage.createRecordedSharer(one)];
    expect(await two.recording.sessions.stop(mine.user, mine.id)).toMatchObject({ status: 'STOPPED' });
    const webhook = new WebhookEvent({
      room: new Room({ name: theirs.input.channelId }),
      participant: new ParticipantInfo({ identity: theirs.user.id }),
      track: new TrackInfo({ sid: theirs.input.videoTrackSid }),
    });
    webhook.event = 'track_unpublished';
    await two.recording.onWebhook(webhook);
    expect(one.recorder.recording).toEqual([]);
    expect(await statesOf(mine)).toEqual([['STOPPED', 'STOPPED_BY_USER']]);
    expect(await statesOf(theirs)).toEqual([['STOPPED', 'SHARE_ENDED']]);
  });

  it('is flushed there when somebody captures here', async () => {
    const { id, user, input } = await stage.createRecordedSharer(one);
    await two.recording.flush({ userId: user.id, channelId: input.channelId });
    expect(one.recorder.flushed).toEqual([(await row(id)).egressId]);
    expect(two.recorder.flushed).toEqual([]);
  });

  it('is not ended by the reconciliation or the shutdown of others', async () => {
    const sharer = await stage.createRecordedSharer(one);
    await two.recording.reconcile(new AbortController().signal);
    await two.recording.close();
    await three.recording.recover();
    expect(await statesOf(sharer)).toEqual([['ACTIVE', null]]);
    expect(one.recorder.recording).toEqual([sharer.id]);
  });

  it('ends also when its server doesn’t answer', async () => {
    const sharer = await stage.createRecordedSharer(one);
    stage.markDead(one);
    await two.recording.sessions.stop(sharer.user, sharer.id);
    expect(await statesOf(sharer)).toEqual([['STOPPED', 'STOPPED_BY_USER']]);
  });
});

describe('a share', () => {
  it('that two servers are asked to record at once is recorded by one', async () => {
    const sharer = await stage.createSharer(await stage.createCommunity());
    const [here, there] = await Promise.all(
      [one, two].map((server) => server.recording.sessions.start(sharer.user, sharer.input)),
    );
    expect(here?.id).toBe(there?.id);
    expect([...one.recorder.recording, ...two.recorder.recording]).toEqual([here?.id]);
  });

  it('of a dead server is resumed by one of the others, on the same timeline', async () => {
    const sharer = await stage.createRecordedSharer(one);
    stage.markDead(one);
    await Promise.all([two, three].map((server) => server.recording.takeOver()));
    await expect
      .poll(() => statesOf(sharer))
      .toEqual([
        ['STOPPED', 'SERVER_SHUT_DOWN'],
        ['STARTING', null],
      ]);
    const [, next] = await stage.sessionsOf(sharer.user);
    expect(next).toMatchObject({
      roomName: sharer.input.channelId,
      videoTrackSid: sharer.input.videoTrackSid,
    });
    expect([...two.recorder.recording, ...three.recorder.recording]).toEqual([next?.id]);
  });

  it('whose server was only considered dead is recorded once when it is back', async () => {
    const sharer = await stage.createRecordedSharer(one);
    const recorder = [...one.recorder.recording];
    stage.liveIds.delete(one.recording.serverId);
    await two.recording.takeOver();
    await expect.poll(() => two.recorder.recording).toHaveLength(1);
    expect(one.recorder.recording).toEqual(recorder);
    stage.liveIds.add(one.recording.serverId);
    await one.recording.reconcile(new AbortController().signal);
    expect(one.recorder.recording).toEqual([]);
    expect(await statesOf(sharer)).toEqual([
      ['STOPPED', 'SERVER_SHUT_DOWN'],
      ['STARTING', null],
    ]);
  });
});
