import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import type { Action } from '@hindsight/shared/community/permissions';
import type { Presence } from '@hindsight/shared/community/voice';
import { ParticipantInfo, ParticipantInfo_State, Room } from 'livekit-server-sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccess } from '../access/access.service.ts';
import { createMembershipChecks } from '../access/membership-checks.ts';
import { createAppEvents, type AppEvents } from '../events/events.ts';
import { createStreamReads } from '../events/stream-reads.ts';
import { emptyLiveKit } from '../testing/ports.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { LiveKit } from './livekit.ts';
import { createPresence, type PresenceService } from './presence.service.ts';
import { createVoice, type Voice } from './voice.service.ts';

let database: Database;
let communityId: string;
let voiceChannelId: string;
let textChannelId: string;

let inRoom: ParticipantInfo[];
let minted: Parameters<LiveKit['mintJoinToken']>[0][];
let listeners: number;
let recorded: { sharers: Set<string>; voices: Set<string> };
let events: AppEvents;
let presence: PresenceService;
let voice: Voice;

beforeAll(async () => {
  database = await openTestDatabase();
  const db = database.client;
  ({ id: communityId } = await db.community.create({ data: { name: 'Home' } }));
  const channel = async (kind: 'VOICE' | 'TEXT') =>
    (await db.channel.create({ data: { communityId, name: kind, kind } })).id;
  voiceChannelId = await channel('VOICE');
  textChannelId = await channel('TEXT');
});
afterAll(() => database.close());

beforeEach(async () => {
  const db = database.client;
  await db.user.deleteMany();
  inRoom = [];
  minted = [];
  listeners = 0;
  recorded = { sharers: new Set(), voices: new Set() };
  const hub = createAppEvents();
  events = {
    ...hub,
    listen(name, listener) {
      listeners++;
      const stop = hub.listen(name, listener);
      return () => {
        listeners--;
        stop();
      };
    },
  };
  const livekit: LiveKit = {
    ...emptyLiveKit,
    rooms: async () => [new Room({ name: voiceChannelId })],
    participants: async () => inRoom,
    mintJoinToken: async (grant) => {
      minted.push(grant);
      return 'token';
    },
  };
  presence = createPresence({ db, livekit, events, recordedIn: () => recorded });
  // Presence itself has these listeners for as long as it lives.
  listeners = 0;
  const reads = createStreamReads();
  const memberships = createMembershipChecks({ db, reads });
  const access = createAccess({ db });
  voice = createVoice({ access, livekit, presence, events, reads, memberships, joinUrl: '/' });
});

async function member(username: string, actions: Action[]): Promise<SignedInUser> {
  const db = database.client;
  const { id } = await db.user.create({ data: { username, usernameKey: username, passwordHash: '' } });
  const role = await db.role.create({ data: { communityId, name: crypto.randomUUID(), actions } });
  await db.communityMember.create({ data: { communityId, userId: id } });
  await db.memberRole.create({ data: { communityId, userId: id, roleId: role.id } });
  return { id, username, isInstanceAdmin: false };
}

async function enter(user: SignedInUser): Promise<void> {
  inRoom = [
    ...inRoom,
    new ParticipantInfo({
      sid: `PA_${inRoom.length}`,
      identity: user.id,
      name: user.username,
      state: ParticipantInfo_State.ACTIVE,
    }),
  ];
  await presence.refresh();
}

/** Lists who is in the voice channel, with a star for those who are recorded. */
function names(seen: Presence): string[] {
  return seen.flatMap(({ participants }) =>
    participants.map(({ username, isRecorded }) => username + (isRecorded ? '*' : '')),
  );
}

describe('joining', () => {
  it('needs CONNECT, and allows sharing to those who may', async () => {
    const ada = await member('ada', ['CONNECT', 'SHARE_SCREEN']);
    const bob = await member('bob', ['CONNECT']);
    const cleo = await member('cleo', ['SHARE_SCREEN']);
    await voice.join(ada, voiceChannelId);
    await voice.join(bob, voiceChannelId);
    await expect(voice.join(cleo, voiceChannelId)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(minted).toEqual([
      { room: voiceChannelId, identity: ada.id, name: 'ada', canShare: true },
      { room: voiceChannelId, identity: bob.id, name: 'bob', canShare: false },
    ]);
  });

  it('is for voice channels only', async () => {
    const ada = await member('ada', ['CONNECT']);
    await expect(voice.join(ada, textChannelId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('watching presence', () => {
  it('yields the present state at once, then every change of people or recordings', async () => {
    const ada = await member('ada', []);
    const watching = new AbortController();
    const watch = voice.watchPresence(ada, communityId, watching.signal);
    expect((await watch.next()).value).toEqual([]);
    await enter(ada);
    expect(names((await watch.next()).value as Presence)).toEqual(['ada']);
    recorded.sharers.add(ada.id);
    events.emit('room', { channelId: voiceChannelId });
    expect(names((await watch.next()).value as Presence)).toEqual(['ada*']);
    watching.abort();
    expect(await watch.next()).toMatchObject({ done: true });
  });

  it('yields several changes at once as one, and nothing when nothing changed', async () => {
    const [ada, bob] = [await member('ada', []), await member('bob', [])];
    const watching = new AbortController();
    const watch = voice.watchPresence(ada, communityId, watching.signal);
    await watch.next();
    await enter(ada);
    await enter(bob);
    expect(names((await watch.next()).value as Presence)).toEqual(['ada', 'bob']);
    const next = watch.next();
    events.emit('presence', { channelId: textChannelId });
    watching.abort();
    expect(await next).toMatchObject({ done: true });
  });

  it('is only for members, and ends with the membership', async () => {
    const ada = await member('ada', []);
    const watch = voice.watchPresence(ada, communityId, new AbortController().signal);
    await watch.next();
    await database.client.communityMember.deleteMany({ where: { userId: ada.id } });
    events.emit('presence', { channelId: voiceChannelId });
    await expect(watch.next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(voice.presence(ada, communityId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(listeners).toBe(0);
  });

  it('stops listening when its reader leaves, even while it waits', async () => {
    const ada = await member('ada', []);
    const watching = new AbortController();
    const watch = voice.watchPresence(ada, communityId, watching.signal);
    await watch.next();
    expect(listeners).toBeGreaterThan(0);
    const waiting = watch.next();
    watching.abort();
    await waiting;
    expect(listeners).toBe(0);
  });
});
