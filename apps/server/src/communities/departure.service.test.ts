import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { openStage, type Stage } from '../recording/testing/stage.ts';
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
async function recordedSharer() {
  const sharer = await stage.createRecordedSharer(server);
  const channel = await stage.db.channel.findUniqueOrThrow({ where: { id: sharer.input.channelId } });
  return { ...sharer, room: channel.id, communityId: channel.communityId };
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

  it('ends the recording also while LiveKit is down', async () => {
    const sharer = await recordedSharer();
    stage.livekit.isDown = true;
    await departure.leave({ communityId: sharer.communityId, userId: sharer.user.id, reason: 'LEFT' });
    stage.livekit.isDown = false;
    expect(await stage.statesOf(sharer.user)).toEqual([['STOPPED', 'LEFT']]);
  });
});

describe('closing channels', () => {
  it('ends their recordings and disconnects their people, and no others', async () => {
    const [closed, open] = [await recordedSharer(), await recordedSharer()];
    await departure.closeChannels([closed.room]);
    expect(await stage.statesOf(closed.user)).toEqual([['STOPPED', 'STOPPED_BY_ADMIN']]);
    expect(await identitiesIn(closed.room)).toEqual([]);
    expect(await stage.statesOf(open.user)).toEqual([['ACTIVE', null]]);
    expect(await identitiesIn(open.room)).toEqual([open.user.id]);
  });
});
