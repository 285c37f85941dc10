import type { Prisma, PrismaClient } from '@hindsight/db/client';
import type { MyReplay, ReplayEvent, RoomSession } from '@hindsight/shared/replay/replay';
import type { BufferPolicy } from '../buffer/buffer-policy.ts';
import { freshStart } from '../buffer/fresh-start.ts';
import type { Timeline } from '../buffer/piece.ts';
import { timelineRanges } from '../buffer/timeline.ts';
import type { TimelineService } from '../buffer/timeline.service.ts';
import type { Access } from '../access/access.service.ts';
import type { MembershipChecks } from '../access/membership-checks.ts';
import type { AppEvents } from '../events/events.ts';
import type { StreamReads } from '../events/stream-reads.ts';
import type { RecordedPeople } from '../voice/presence.service.ts';
import { markersBetween } from '../markers/markers.service.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { toRoomSession, toSessionDto, VOICES_KEPT_NOW } from './session-dto.ts';
import { RUNNING } from './session-slots.ts';

export interface ReplayFeedDeps {
  db: PrismaClient;
  access: Pick<Access, 'requireChannel'>;
  timeline: Pick<TimelineService, 'of'>;
  /** It is called with the timeline that somebody sees of their buffer, and may soon capture. */
  readAhead: (timeline: Timeline) => void;
  events: Pick<AppEvents, 'listen'>;
  reads: Pick<StreamReads, 'shared'>;
  memberships: Pick<MembershipChecks, 'requireChannel'>;
  policy: BufferPolicy;
}

export type ReplayFeed = ReturnType<typeof createReplayFeed>;

/** Shows people the recordings: everybody who is recorded in a channel, and the caller's own buffer there. */
export function createReplayFeed({
  db,
  access,
  timeline,
  readAhead,
  events,
  reads,
  memberships,
  policy,
}: ReplayFeedDeps) {
  /** Returns who is being recorded in each of the channels; nothing for those in which nobody is. */
  async function sessionsInRooms(channelIds: string[]): Promise<Map<string, RoomSession[]>> {
    const sessions = await db.egressSession.findMany({
      where: { roomName: { in: channelIds }, status: 'ACTIVE' },
      orderBy: { startedAt: 'asc' },
      include: { user: { select: { username: true } }, keptVoices: VOICES_KEPT_NOW },
    });
    const nowMs = Date.now();
    const inRooms = new Map<string, RoomSession[]>();
    for (const { startedAt, ...session } of sessions) {
      if (startedAt === null) continue;
      const inRoom = inRooms.get(session.roomName) ?? [];
      inRooms.set(session.roomName, [...inRoom, toRoomSession({ ...session, startedAt }, nowMs)]);
    }
    return inRooms;
  }

  const sharedRoomSessions = reads.shared(sessionsInRooms);
  const sharedMyReplay = reads.shared(async (keys) => {
    const found = new Map<string, MyReplay>();
    for (const key of keys) {
      const [userId = '', channelId = ''] = key.split('/');
      found.set(key, await myReplay(userId, channelId));
    }
    return found;
  });

  const captureable = (nowMs: number) => ({
    OR: [{ status: RUNNING }, { endedAt: { gt: new Date(nowMs - policy.graceMs) } }],
  });

  async function myReplay(userId: string, channelId: string): Promise<MyReplay> {
    const nowMs = Date.now();
    const session = await db.egressSession.findFirst({
      where: {
        userId,
        roomName: channelId,
        ...captureable(nowMs),
      },
      orderBy: { createdAt: 'desc' },
    });
    const pieces = await timeline.of({ userId, channelId }, nowMs);
    readAhead(pieces);
    const ranges = timelineRanges(pieces);
    const fromMs = ranges[0]?.fromMs;
    const freshMs =
      fromMs === undefined ? null : await freshStart(db, { userId, channelId }, { fromMs, toMs: nowMs });
    const markers =
      fromMs === undefined ? [] : await markersBetween(db, { userId, channelId, fromMs, toMs: nowMs });
    return {
      session: session === null ? null : toSessionDto(session, policy.graceMs),
      windowMs: policy.windowMs,
      ranges: ranges.map((range) => ({
        from: new Date(range.fromMs).toISOString(),
        to: new Date(range.toMs).toISOString(),
      })),
      markers,
      freshFrom: freshMs === null ? null : new Date(freshMs).toISOString(),
      at: new Date(nowMs).toISOString(),
    };
  }

  return {
    /**
     * Returns who is being recorded in a channel.
     * @throws AppError NOT_FOUND unless the caller is a member of the channel's community
     */
    async status(user: SignedInUser, channelId: string): Promise<RoomSession[]> {
      await access.requireChannel(user, channelId);
      return (await sessionsInRooms([channelId])).get(channelId) ?? [];
    },

    /**
     * Returns the caller's own buffer in a channel.
     * @throws AppError NOT_FOUND unless the caller is a member of the channel's community
     */
    async mine(user: SignedInUser, channelId: string): Promise<MyReplay> {
      await access.requireChannel(user, channelId);
      return myReplay(user.id, channelId);
    },

    /**
     * Yields both snapshots at once, and each again after it changed, until the signal aborts. Changes that come faster
     * than they are read make one snapshot.
     * @throws AppError NOT_FOUND as soon as the caller is no member of the channel's community
     */
    async *events(user: SignedInUser, channelId: string, signal: AbortSignal): AsyncGenerator<ReplayEvent> {
      // Listening begins before the first snapshot, so that no change is missed between the two.
      const changes = watchChanges(user.id, channelId, signal);
      try {
        for await (const type of changes) {
          await memberships.requireChannel(user.id, channelId);
          if (type === 'room') {
            yield { type, sessions: (await sharedRoomSessions(channelId)) ?? [] };
          } else {
            const mine = await sharedMyReplay(`${user.id}/${channelId}`);
            if (mine !== undefined) yield { type, mine };
          }
        }
      } finally {
        changes.close();
      }
    },

    /** Says whether anybody has a buffer that can be captured, and of which `such` holds. */
    async hasBuffers(such: Prisma.EgressSessionWhereInput = {}): Promise<boolean> {
      return (await db.egressSession.findFirst({ where: { ...captureable(Date.now()), ...such } })) !== null;
    },

    /** Returns whose share and whose voice is being recorded in a channel now. */
    async recordedIn(channelId: string): Promise<RecordedPeople> {
      const sessions = await db.egressSession.findMany({
        where: { roomName: channelId, status: 'ACTIVE' },
        select: { userId: true, keptVoices: { where: { endedAt: null }, select: { userId: true } } },
      });
      const voices = sessions.flatMap(({ keptVoices }) => keptVoices);
      return {
        sharers: new Set(sessions.map(({ userId }) => userId)),
        voices: new Set(voices.map(({ userId }) => userId)),
      };
    },
  };

  /** Yields what has changed since it was last read, starting with everything. */
  function watchChanges(userId: string, channelId: string, signal: AbortSignal) {
    const changed = new Set<ReplayEvent['type']>(['room', 'mine']);
    let wake = Promise.withResolvers<void>();
    const mark = (type: ReplayEvent['type']) => {
      changed.add(type);
      wake.resolve();
    };
    const stopListening = [
      events.listen('room', (event) => {
        if (event.channelId === channelId) mark('room');
      }),
      events.listen('mine', (event) => {
        if (event.channelId === channelId && event.userId === userId) mark('mine');
      }),
      events.listen('gap', () => {
        mark('room');
        mark('mine');
      }),
    ];
    const onAbort = () => wake.resolve();
    signal.addEventListener('abort', onAbort);

    return {
      async *[Symbol.asyncIterator]() {
        while (!signal.aborted) {
          for (const type of changed) {
            changed.delete(type);
            yield type;
            if (signal.aborted) return;
          }
          await wake.promise;
          wake = Promise.withResolvers();
        }
      },
      close() {
        stopListening.forEach((stop) => stop());
        signal.removeEventListener('abort', onAbort);
      },
    };
  }
}
