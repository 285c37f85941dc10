import type { Action } from '@hindsight/shared/community/permissions';
import { ParticipantInfo, Room, WebhookEvent } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRolesStage, type RolesStage } from './testing/stage.ts';

const ALLOWED: Action[] = ['CONNECT', 'SHARE_SCREEN', 'ENABLE_REPLAY_BUFFER'];

let stage: RolesStage;
beforeAll(async () => {
  stage = await openRolesStage();
});
afterAll(() => stage.close());

const sweep = () => stage.enforcement.sweep(new AbortController().signal);

/** Makes somebody who shares and is recorded, and may do all of that. */
async function recordedSharer() {
  const sharer = await stage.createRecordedSharer(stage.server);
  const room = sharer.input.channelId;
  const { communityId } = await stage.db.channel.findUniqueOrThrow({ where: { id: room } });
  const mayDo = (actions: Action[]) =>
    stage.db.role.updateMany({ where: { communityId, name: sharer.user.username }, data: { actions } });
  await mayDo(ALLOWED);
  return { ...sharer, room, communityId, mayDo };
}

const sourcesOf = async (room: string, userId: string) =>
  (await stage.livekit.participant(room, userId))?.tracks.map(({ sid }) => sid) ?? null;

function joined(room: string, identity: string): WebhookEvent {
  const event = new WebhookEvent({
    room: new Room({ name: room }),
    participant: new ParticipantInfo({ identity }),
  });
  event.event = 'participant_joined';
  return event;
}

describe('a token of LiveKit', () => {
  it('opens signalling as long as its holder may connect', async () => {
    const sharer = await recordedSharer();
    const token = `${sharer.room} ${sharer.user.id}`;
    expect(await stage.enforcement.maySignal(token)).toBe(true);
    await sharer.mayDo(['SHARE_SCREEN']);
    expect(await stage.enforcement.maySignal(token)).toBe(false);
    await sharer.mayDo(ALLOWED);
    await stage.db.communityMember.deleteMany({ where: { userId: sharer.user.id } });
    expect(await stage.enforcement.maySignal(token)).toBe(false);
  });

  it('opens nothing for a channel that is gone', async () => {
    const { user } = await recordedSharer();
    expect(await stage.enforcement.maySignal(`0199a000-0000-7000-8000-00000000000f ${user.id}`)).toBe(false);
  });

  it.each(['nonsense', 'room EG_recorder', 'room 0199a000-0000-7000-8000-00000000000f'])(
    'is left to LiveKit when it is no user’s: %s',
    async (token) => {
      expect(await stage.enforcement.maySignal(token)).toBe(true);
    },
  );
});

describe('after a change of permissions', () => {
  it('changes nothing for people who may still do what they do', async () => {
    const sharer = await recordedSharer();
    await stage.enforcement.enforce(sharer.communityId);
    await sweep();
    expect(await stage.statesOf(sharer.user)).toEqual([['ACTIVE', null]]);
    expect(await sourcesOf(sharer.room, sharer.user.id)).toHaveLength(2);
  });

  it('ends the recording of somebody who may no longer record, but not their share', async () => {
    const sharer = await recordedSharer();
    await sharer.mayDo(['CONNECT', 'SHARE_SCREEN']);
    await stage.enforcement.enforce(sharer.communityId);
    expect(await stage.statesOf(sharer.user)).toEqual([['STOPPED', 'STOPPED_BY_ADMIN']]);
    expect(await sourcesOf(sharer.room, sharer.user.id)).toHaveLength(2);
  });

  it('ends the share of somebody who may no longer share, until they may again', async () => {
    const sharer = await recordedSharer();
    await sharer.mayDo(['CONNECT']);
    await stage.enforcement.enforce(sharer.communityId);
    expect(await sourcesOf(sharer.room, sharer.user.id)).toEqual([]);
    const mayShare = async () =>
      (await stage.livekit.participant(sharer.room, sharer.user.id))?.permission?.canPublishSources.length;
    expect(await mayShare()).toBe(1);
    await sharer.mayDo(ALLOWED);
    await stage.enforcement.enforce(sharer.communityId);
    expect(await mayShare()).toBeGreaterThan(1);
  });

  it('disconnects somebody who may no longer connect, also when LiveKit was unavailable at first', async () => {
    const sharer = await recordedSharer();
    await sharer.mayDo([]);
    stage.livekit.isDown = true;
    await stage.enforcement.enforce(sharer.communityId);
    stage.livekit.isDown = false;
    expect(await stage.statesOf(sharer.user)).toEqual([['STOPPED', 'STOPPED_BY_ADMIN']]);
    expect(await stage.identitiesIn(sharer.room)).toEqual([sharer.user.id]);
    await sweep();
    expect(await stage.identitiesIn(sharer.room)).toEqual([]);
  });

  it('finds a recording later that began at the moment of the change', async () => {
    const sharer = await recordedSharer();
    await sharer.mayDo(['CONNECT']);
    await sweep();
    expect(await stage.statesOf(sharer.user)).toEqual([['STOPPED', 'STOPPED_BY_ADMIN']]);
  });
});

describe('coming back with an old token', () => {
  it('disconnects somebody who is no longer a member', async () => {
    const sharer = await recordedSharer();
    await stage.enforcement.onWebhook(joined(sharer.room, sharer.user.id));
    expect(await stage.identitiesIn(sharer.room)).toEqual([sharer.user.id]);
    await stage.db.communityMember.deleteMany({ where: { userId: sharer.user.id } });
    await stage.enforcement.onWebhook(joined(sharer.room, sharer.user.id));
    expect(await stage.identitiesIn(sharer.room)).toEqual([]);
  });

  it('ignores recorders, and rooms that are not channels', async () => {
    const sharer = await recordedSharer();
    const foreignRoom = crypto.randomUUID();
    stage.livekit.publish(sharer.room, 'recorder-1', {});
    stage.livekit.publish(foreignRoom, sharer.user.id, {});
    stage.livekit.publish('not-a-channel', sharer.user.id, {});
    await stage.enforcement.onWebhook(joined(foreignRoom, sharer.user.id));
    await stage.enforcement.onWebhook(new WebhookEvent({}));
    await sweep();
    expect(await stage.identitiesIn(sharer.room)).toEqual([sharer.user.id, 'recorder-1']);
    expect(await stage.identitiesIn(foreignRoom)).toEqual([sharer.user.id]);
    expect(await stage.identitiesIn('not-a-channel')).toEqual([sharer.user.id]);
  });
});
