import type { PrismaClient } from '@hindsight/db/client';
import { idSchema } from '@hindsight/shared/ids';
import type { Presence, VoiceParticipant } from '@hindsight/shared/voice';
import { ParticipantInfo_Kind } from '@livekit/protocol';
import {
  ParticipantInfo_State,
  TrackSource,
  type ParticipantInfo,
  type WebhookEvent,
} from 'livekit-server-sdk';
import type { AppEvents } from '../events/events.ts';
import type { LiveKit } from './livekit.ts';

type Participant = Omit<VoiceParticipant, 'isRecorded'>;

export type PresenceService = ReturnType<typeof createPresence>;

/**
 * Who is in which voice channel. LiveKit is the truth: a webhook only says which room to ask about again, so lost, repeated
 * and overtaking webhooks can't leave a wrong picture for longer than until the next look.
 */
export function createPresence({
  db,
  livekit,
  events,
  recordedUserIds,
}: {
  db: PrismaClient;
  livekit: Pick<LiveKit, 'participants' | 'rooms'>;
  events: Pick<AppEvents, 'emit' | 'listen'>;
  /** Whose share is being recorded in a channel right now. */
  recordedUserIds: (channelId: string) => ReadonlySet<string> | Promise<ReadonlySet<string>>;
}) {
  const rooms = new Map<string, Participant[]>();
  /** LiveKit may still list somebody whose leaving it has just told; participant SIDs are never used twice. */
  const gone = new Map<string, Set<string>>();
  const running = new Map<string, Promise<void>>();

  async function look(room: string): Promise<void> {
    const listed = await livekit.participants(room);
    const left = gone.get(room);
    const people = listed.filter((participant) => left?.has(participant.sid) !== true).flatMap(toPerson);
    if (listed.length === 0) gone.delete(room);
    const isSame = JSON.stringify(rooms.get(room) ?? []) === JSON.stringify(people);
    if (people.length === 0) rooms.delete(room);
    else rooms.set(room, people);
    if (!isSame) events.emit('presence', { channelId: room });
  }

  /** One look at a room at a time, each after the one before, so that an old answer never overwrites a newer one. */
  function refreshRoom(room: string): Promise<void> {
    const next = (running.get(room) ?? Promise.resolve()).then(
      () => look(room),
      () => look(room),
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

  async function take({ channelId, leftSid }: { channelId: string; leftSid: string | null }): Promise<void> {
    if (leftSid !== null) gone.set(channelId, (gone.get(channelId) ?? new Set()).add(leftSid));
    await refreshRoom(channelId);
  }

  // A LiveKit that can't be asked now is asked again by the periodic refresh.
  const stopListening = [
    events.listen('voice', (change, origin) => {
      if (origin === 'elsewhere') take(change).catch(() => undefined);
    }),
    events.listen('gap', () => void refresh().catch(() => undefined)),
  ];

  return {
    /** Asks LiveKit about every room again. @throws AppError LIVEKIT_UNAVAILABLE */
    refresh,

    /** LiveKit tells one server, and that one the others. @throws AppError LIVEKIT_UNAVAILABLE */
    async onWebhook(event: WebhookEvent): Promise<void> {
      const room = event.room?.name;
      if (room === undefined || !isChannelId(room)) return;
      const hasLeft = event.event === 'participant_left';
      const change = { channelId: room, leftSid: hasLeft ? (event.participant?.sid ?? null) : null };
      events.emit('voice', change);
      await take(change);
    },

    /** Who is in the voice channels of a community; the caller has checked that the asker may know. */
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
            const recorded = await recordedUserIds(id);
            const people = rooms.get(id) ?? [];
            return {
              channelId: id,
              participants: people.map((person) => ({ ...person, isRecorded: recorded.has(person.userId) })),
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

/** Recorders, egresses and agents are no people; nor is anybody whose identity isn't a user's id. */
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
