import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { AppError } from '@hindsight/shared/errors';
import { ParticipantInfo_Kind } from '@livekit/protocol';
import {
  ParticipantInfo,
  ParticipantInfo_State,
  Room,
  TrackInfo,
  TrackSource,
  WebhookEvent,
} from 'livekit-server-sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAppEvents } from '../events/events.ts';
import { createPresence, type PresenceService } from './presence.service.ts';

const ADA = '0199e7a0-0000-7000-8000-0000000000aa';
const BOB = '0199e7a0-0000-7000-8000-0000000000bb';

let database: Database;
let communityId: string;
let channelId: string;

/** This LiveKit is a table of rooms; with null, it is unavailable. */
let livekitRooms: Map<string, ParticipantInfo[]> | null;
let recorded: { sharers: Set<string>; voices: Set<string> };
let changes: string[];
let presence: PresenceService;

function person(identity: string, more: ConstructorParameters<typeof ParticipantInfo>[0] = {}) {
  return new ParticipantInfo({
    sid: `PA_${identity.slice(-2)}`,
    identity,
    name: identity === ADA ? 'ada' : 'bob',
    state: ParticipantInfo_State.ACTIVE,
    ...more,
  });
}

function webhook(event: string, more: { participant?: ParticipantInfo } = {}) {
  return Object.assign(new WebhookEvent(), { event, room: new Room({ name: channelId }), ...more });
}

function askLiveKit() {
  if (livekitRooms === null) throw new AppError('LIVEKIT_UNAVAILABLE');
  return livekitRooms;
}

beforeAll(async () => {
  database = await openTestDatabase();
  ({ id: communityId } = await database.client.community.create({ data: { name: 'Home' } }));
  ({ id: channelId } = await database.client.channel.create({
    data: { communityId, name: 'Lounge', kind: 'VOICE' },
  }));
});
afterAll(() => database.close());
beforeEach(() => {
  livekitRooms = new Map();
  recorded = { sharers: new Set(), voices: new Set() };
  changes = [];
  const events = createAppEvents();
  events.listen('presence', () => changes.push('presence'));
  presence = createPresence({
    db: database.client,
    livekit: {
      rooms: async () => [...askLiveKit().keys()].map((name) => new Room({ name })),
      participants: async (room) => askLiveKit().get(room) ?? [],
    },
    events,
    recordedIn: () => recorded,
  });
});

describe('presence', () => {
  it('shows who is in, shares, is recorded and whose voice is kept', async () => {
    livekitRooms?.set(channelId, [
      person(ADA, { tracks: [new TrackInfo({ source: TrackSource.SCREEN_SHARE })] }),
      person(BOB, { tracks: [new TrackInfo({ source: TrackSource.MICROPHONE })] }),
    ]);
    recorded.sharers.add(ADA);
    recorded.voices.add(BOB);
    await presence.refresh();
    expect(await presence.ofCommunity(communityId)).toEqual([
      {
        channelId,
        participants: [
          { userId: ADA, username: 'ada', isSharing: true, isRecorded: true, isVoiceKept: false },
          { userId: BOB, username: 'bob', isSharing: false, isRecorded: false, isVoiceKept: true },
        ],
      },
    ]);
    expect(changes).toEqual(['presence']);
  });

  it('never shows recorders, egresses, agents or strangers', async () => {
    livekitRooms?.set(channelId, [
      person(ADA, { permission: { hidden: true } }),
      person(BOB, { kind: ParticipantInfo_Kind.EGRESS }),
      person('EG_abc', { kind: ParticipantInfo_Kind.EGRESS }),
      person('agent-1', { kind: ParticipantInfo_Kind.AGENT }),
      person('somebody'),
    ]);
    await presence.refresh();
    expect(await presence.ofCommunity(communityId)).toEqual([]);
    expect(changes).toEqual([]);
  });

  it('follows webhooks, and announces only changes', async () => {
    livekitRooms?.set(channelId, [person(ADA)]);
    await presence.onWebhook(webhook('participant_joined'));
    await presence.onWebhook(webhook('participant_joined'));
    expect(changes).toHaveLength(1);
    livekitRooms?.delete(channelId);
    await presence.onWebhook(webhook('room_finished'));
    expect(await presence.ofCommunity(communityId)).toEqual([]);
    expect(changes).toHaveLength(2);
  });

  it('trusts a departure that LiveKit still lists, also with webhooks in the wrong order', async () => {
    livekitRooms?.set(channelId, [person(ADA), person(BOB)]);
    await presence.onWebhook(webhook('participant_left', { participant: person(ADA) }));
    await presence.onWebhook(webhook('participant_joined', { participant: person(ADA) }));
    const [channel] = await presence.ofCommunity(communityId);
    expect(channel?.participants.map(({ username }) => username)).toEqual(['bob']);
  });

  it('shows somebody who came back with a new connection', async () => {
    livekitRooms?.set(channelId, [person(ADA)]);
    await presence.onWebhook(webhook('participant_left', { participant: person(ADA) }));
    livekitRooms?.set(channelId, [person(ADA, { sid: 'PA_again' })]);
    await presence.onWebhook(webhook('participant_joined'));
    expect(await presence.ofCommunity(communityId)).toHaveLength(1);
  });

  it('keeps the last known state while LiveKit is down, and empties rooms it has lost', async () => {
    livekitRooms?.set(channelId, [person(ADA)]);
    await presence.refresh();
    livekitRooms = null;
    await expect(presence.refresh()).rejects.toMatchObject({ code: 'LIVEKIT_UNAVAILABLE' });
    expect(await presence.ofCommunity(communityId)).toHaveLength(1);
    livekitRooms = new Map();
    await presence.refresh();
    expect(await presence.ofCommunity(communityId)).toEqual([]);
  });

  it.each(['room_started', 'egress_updated', 'something_new'])(
    'ignores a %s of an unknown room',
    async (event) => {
      await presence.onWebhook(
        Object.assign(new WebhookEvent(), { event, room: new Room({ name: '../../etc' }) }),
      );
      await presence.onWebhook(Object.assign(new WebhookEvent(), { event }));
      expect(changes).toEqual([]);
    },
  );
});
