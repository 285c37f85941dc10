import type { PrismaClient } from '@hindsight/db/client';
import { idSchema } from '@hindsight/shared/ids';
import type { Presence, VoiceParticipant } from '@hindsight/shared/community/voice';
import { ParticipantInfo_Kind } from '@livekit/protocol';
import {
  ParticipantInfo_State,
  TrackSource,
  type ParticipantInfo,
  type WebhookEvent,
} from 'livekit-server-sdk';
import type { AppEvents } from '../events/events.ts';
import type { LiveKit } from './livekit.ts';

type Participant = Omit<VoiceParticipant, 'isRecorded' | 'isVoiceKept'>;

/** The people in a channel of whom something is recorded now: their share, or their voice. */
export interface RecordedPeople {
  sharers: ReadonlySet<string>;
  voices: ReadonlySet<string>;
}

export type PresenceService = ReturnType<typeof createPresence>;

/**
 * Tracks who is in which voice channel. LiveKit is the source of truth, and a webhook only says which room to ask about
 * again. Lost, repeated and reordered webhooks therefore can't leave a wrong state beyond the next refresh.
 */
export function createPresence({
  db,
  livekit,
  events,
  recordedIn,
}: {
  db: PrismaClient;
  livekit: Pick<LiveKit, 'participants' | 'rooms'>;
  events: Pick<AppEvents, 'emit' | 'listen'>;
  recordedIn: (channelId: string) => RecordedPeople | Promise<RecordedPeople>;
}) {
  const rooms = new Map<string, Participant[]>();
  /** LiveKit may still list participants whose departure it has just reported; their SIDs are never reused. */
  const departedSids = new Map<string, Set<string>>();
  const running = new Map<string, Promise<void>>();

  async function fetchRoom(room: string): Promise<void> {
    const listed = await livekit.participants(room);
    const left = departedSids.get(room);
    const people = listed.filter((participant) => left?.has(participant.sid) !== true).flatMap(toPerson);
    if (listed.length === 0) departedSids.delete(room);
    const isSame = JSON.stringify(rooms.get(room) ?? []) === JSON.stringify(people);
    if (people.length === 0) rooms.delete(room);
    else rooms.set(room, people);
    if (!isSame) events.emit('presence', { channelId: room });
  }

  /** Refreshes a room after any refresh under way, so that an old answer never overwrites a newer one. */
  function refreshRoom(room: string): Promise<void> {
    const next = (running.get(room) ?? Promise.resolve()).then(
      () => fetchRoom(room),
      () => fetchRoom(room),
    );
    running.set(room, next);
    const forget = () => {
      if (running.get(room) === next) running.delete(room);
    };
    next.then(forget, forget);
    return next;
  }

  async function refresh(): Promise<void> {
    const names = (await livekit.rooms()).map(({ name }) => name).filter(isChannelId);
    await Promise.all([...new Set([...names, ...rooms.keys()])].map(refreshRoom));
  }

  async function applyChange({
    channelId,
    leftSid,
  }: {
    channelId: string;
    leftSid: string | null;
  }): Promise<void> {
    if (leftSid !== null)
      departedSids.set(channelId, (departedSids.get(channelId) ?? new Set()).add(leftSid));
    await refreshRoom(channelId);
  }

  // When LiveKit can't be reached now, the periodic refresh asks again.
  const stopListening = [
    events.listen('voice', (change, origin) => {
      if (origin === 'elsewhere') applyChange(change).catch(() => undefined);
    }),
    events.listen('gap', () => void refresh().catch(() => undefined)),
  ];

  return {
    /**
     * Asks LiveKit about every room again.
     * @throws AppError LIVEKIT_UNAVAILABLE
     */
    refresh,

    /**
     * Handles a webhook. LiveKit sends it to one server, which tells the others.
     * @throws AppError LIVEKIT_UNAVAILABLE
     */
    async onWebhook(event: WebhookEvent): Promise<void> {
      const room = event.room?.name;
      if (room === undefined || !isChannelId(room)) return;
      const hasLeft = event.event === 'participant_left';
      const change = { channelId: room, leftSid: hasLeft ? (event.participant?.sid ?? null) : null };
      events.emit('voice', change);
      await applyChange(change);
    },

    /** Returns who is in a voice channel, as far as this server knows. */
    userIdsIn: (channelId: string): string[] => (rooms.get(channelId) ?? []).map(({ userId }) => userId),

    /** Returns who is in the voice channels of a community. The caller has checked that the user may know. */
    async ofCommunity(communityId: string): Promise<Presence> {
      const channels = await db.channel.findMany({
        where: { communityId, kind: 'VOICE' },
        orderBy: [{ position: 'asc' }, { createdAt: 'asc' }],
        select: { id: true },
      });
      return Promise.all(
        channels
          .filter(({ id }) => rooms.has(id))
          .map(async ({ id }) => {
            const { sharers, voices } = await recordedIn(id);
            const people = rooms.get(id) ?? [];
            return {
              channelId: id,
              participants: people.map((person) => ({
                ...person,
                isRecorded: sharers.has(person.userId),
                isVoiceKept: voices.has(person.userId),
              })),
            };
          }),
      );
    },

    close(): void {
      for (const stop of stopListening) stop();
    },
  };
}

function isChannelId(room: string): boolean {
  return idSchema.safeParse(room).success;
}

/** Selects people. Recorders, egresses and agents are none, nor is anybody whose identity isn't a user's id. */
function toPerson(participant: ParticipantInfo): Participant[] {
  const isPerson =
    participant.kind === ParticipantInfo_Kind.STANDARD &&
    participant.permission?.hidden !== true &&
    participant.state !== ParticipantInfo_State.DISCONNECTED &&
    idSchema.safeParse(participant.identity).success;
  if (!isPerson) return [];
  return [
    {
      userId: participant.identity,
      username: participant.name,
      isSharing: participant.tracks.some(({ source }) => source === TrackSource.SCREEN_SHARE),
    },
  ];
}
