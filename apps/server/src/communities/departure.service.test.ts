import { ParticipantInfo, Room, WebhookEvent } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { openStage, type Sharer, type Stage } from '../recording/testing/stage.ts';
import { createDeparture, type Departure } from './departure.ts';

let stage: Stage;
let server: ReturnType<Stage['startProcess']>;
let departure: Departure;

beforeAll(async () => {
  stage = await openStage();
  server = stage.startProcess();
  const { db, livekit } = stage;
  departure = createDeparture({
    db,
    recording: server.recording,
    livekit,
    log: createLog({ level: 'silent' }),
  });
});
afterAll(() => stage.close());

const identitiesIn = async (room: string) =>
  (await stage.livekit.participants(room)).map(({ identity }) => identity);
const sweep = () => departure.sweep(new AbortController().signal);

async function recordedSharer() {
  const sharer = await stage.createRecordedSharer(server);
  const channel = await stage.db.channel.findUniqueOrThrow({ where: { id: sharer.input.channelId } });
  return { ...sharer, room: channel.id, communityId: channel.communityId };
}

const removeMembership = ({ user }: Sharer) =>
  stage.db.communityMember.deleteMany({ where: { userId: user.id } });

function joined(room: string, identity: string): WebhookEvent {
  const event = new WebhookEvent({
    room: new Room({ name: room }),
    participant: new ParticipantInfo({ identity }),
  });
  event.event = 'participant_joined';
  return event;
}

describe('leaving a community', () => {
  it('ends the recording there with its reason, and the connection to its channels', async () => {
    const [left, kicked, other] = [await recordedSharer(), await recordedSharer(), await recordedSharer()];
    await departure.leave({ communityId: left.communityId, userId: left.user.id, reason: 'LEFT' });
    await departure.leave({
      communityId: kicked.communityId,
      userId: kicked.user.id,
      reason: 'STOPPED_BY_ADMIN',
    });
    expect(await stage.statesOf(left.user)).toEqual([['STOPPED', 'LEFT']]);
    expect(await stage.statesOf(kicked.user)).toEqual([['STOPPED', 'STOPPED_BY_ADMIN']]);
    expect(await identitiesIn(left.room)).toEqual([]);
    expect(await stage.statesOf(other.user)).toEqual([['ACTIVE', null]]);
    expect(await identitiesIn(other.room)).toEqual([other.user.id]);
  });

  it('leaves recordings in other communities alone', async () => {
    const sharer = await recordedSharer();
    const { id: communityId } = await stage.createCommunity();
    await departure.leave({ communityId, userId: sharer.user.id, reason: 'LEFT' });
    expect(await stage.statesOf(sharer.user)).toEqual([['ACTIVE', null]]);
  });

  it('works while LiveKit is down; the next look makes up for it', async () => {
    const sharer = await recordedSharer();
    await removeMembership(sharer);
    stage.livekit.isDown = true;
    await departure.leave({ communityId: sharer.communityId, userId: sharer.user.id, reason: 'LEFT' });
    stage.livekit.isDown = false;
    expect(await stage.statesOf(sharer.user)).toEqual([['STOPPED', 'LEFT']]);
    expect(await identitiesIn(sharer.room)).toEqual([sharer.user.id]);
    await sweep();
    expect(await identitiesIn(sharer.room)).toEqual([]);
  });
});

describe('coming back with an old token', () => {
  it('is ended at once, for members it is not', async () => {
    const sharer = await recordedSharer();
    await departure.onWebhook(joined(sharer.room, sharer.user.id));
    expect(await identitiesIn(sharer.room)).toEqual([sharer.user.id]);
    await removeMembership(sharer);
    await departure.onWebhook(joined(sharer.room, sharer.user.id));
    expect(await identitiesIn(sharer.room)).toEqual([]);
  });

  it('concerns neither recorders nor rooms that are no channels', async () => {
    const sharer = await recordedSharer();
    const foreignRoom = crypto.randomUUID();
    stage.livekit.publish(sharer.room, 'recorder-1', {});
    stage.livekit.publish(foreignRoom, sharer.user.id, {});
    stage.livekit.publish('not-a-channel', sharer.user.id, {});
    await departure.onWebhook(joined(foreignRoom, sharer.user.id));
    await departure.onWebhook(new WebhookEvent({}));
    await sweep();
    expect(await identitiesIn(sharer.room)).toEqual([sharer.user.id, 'recorder-1']);
    expect(await identitiesIn(foreignRoom)).toEqual([sharer.user.id]);
    expect(await identitiesIn('not-a-channel')).toEqual([sharer.user.id]);
  });
});

describe('closing channels', () => {
  it('ends their recordings and empties them, and no others', async () => {
    const [closed, open] = [await recordedSharer(), await recordedSharer()];
    await departure.closeChannels([closed.room]);
    expect(await stage.statesOf(closed.user)).toEqual([['STOPPED', 'STOPPED_BY_ADMIN']]);
    expect(await identitiesIn(closed.room)).toEqual([]);
    expect(await stage.statesOf(open.user)).toEqual([['ACTIVE', null]]);
    expect(await identitiesIn(open.room)).toEqual([open.user.id]);
  });
});
