import type { EgressSession, PrismaClient } from '@hindsight/db/client';
import { isDatabaseAway } from '@hindsight/db/database-away';
import type { Recorder } from '@hindsight/recorder/recorder.port';
import { SECOND } from '@hindsight/shared/units';
import { z } from 'zod';
import { allDone, allInTurn } from '../all-done.ts';
import type { VoiceLanes } from '../buffer/voice-lanes.ts';
import type { ServerCalls } from '../cluster/server-calls.ts';
import type { Servers } from '../cluster/servers.ts';
import type { AppEvents } from '../events/events.ts';
import { KeyedRuns } from '../keyed-runs.ts';
import type { Log } from '../log.ts';
import { RUNNING } from '../recording/session-slots.ts';
import type { PresenceService } from '../voice/presence.service.ts';
import { voiceChanges } from './voice-changes.ts';
import type { VoiceConsentRules } from './voice-consent.ts';

const SETTLE = 'settle-voices';
/** A recorder deletes what it holds of a voice within a second. */
const SETTLE_TIMEOUT_MS = 5 * SECOND;

const settleInput = z.object({ sessionId: z.uuid() });

export interface KeptVoicesDeps {
  db: PrismaClient;
  recorder: Pick<Recorder, 'setVoices' | 'supportsVoices'>;
  rules: VoiceConsentRules;
  presence: Pick<PresenceService, 'userIdsIn'>;
  lanes: Pick<VoiceLanes, 'forget'>;
  servers: Pick<Servers, 'id' | 'liveIds'>;
  calls: Pick<ServerCalls, 'handle' | 'ask'>;
  events: Pick<AppEvents, 'emit' | 'listen'>;
  /** It is called when a voice begins to be kept here, so that a clip may soon have it. */
  onVoices: () => void;
  log: Log;
}

export type KeptVoices = ReturnType<typeof createKeptVoices>;

/**
 * Makes recorders keep exactly the voices that may be kept, and buffers hold no others. Each server tells its own recorder. What was
 * agreed is read anew each time, so it does no harm when news comes late, twice or in another order.
 */
export function createKeptVoices({
  db,
  recorder,
  rules,
  presence,
  lanes,
  servers,
  calls,
  events,
  onVoices,
  log,
}: KeptVoicesDeps) {
  const runs = new KeyedRuns();
  const settleHere = (sessionId: string) => runs.run(sessionId, () => settleOnce(sessionId));

  /** Settles a running session of this server. */
  async function settleOnce(sessionId: string): Promise<void> {
    if (!recorder.supportsVoices) return;
    const session = await db.egressSession.findFirst({
      where: { id: sessionId, serverId: servers.id, status: 'ACTIVE' },
      include: { keptVoices: true },
    });
    if (session?.egressId == null || session.communityId === null) return;
    const { egressId, communityId, roomName, userId: sharerId, segmentPath, keptVoices } = session;
    const present = presence.userIdsIn(roomName);
    const formerly = [...new Set(keptVoices.map(({ userId }) => userId))];
    const now = keptVoices.flatMap(({ userId, endedAt }) => (endedAt === null ? [userId] : []));
    const userIds = [...new Set([...present, ...formerly])];
    const allowed = await rules.allowedIn({ communityId, sharerId, userIds });
    const { keep, forget, begun, ended } = voiceChanges({ present, formerly, now, allowed });
    // The rows of those who join are first and of those who leave last, so that nobody's voice is kept without everybody seeing it.
    if (begun.length > 0)
      await db.keptVoice.createMany({
        data: begun.map((userId) => ({ sessionId, userId })),
        skipDuplicates: true,
      });
    await recorder.setVoices(egressId, { keep, forget });
    if (begun.length > 0) onVoices();
    // A recording that has just ended is unknown to the recorder, but its buffer is still there.
    await forgetIn(segmentPath, forget);
    if (ended.length > 0)
      await db.keptVoice.updateMany({
        where: { sessionId, userId: { in: ended }, endedAt: null },
        data: { endedAt: new Date() },
      });
    if (begun.length + ended.length > 0) announce(session);
  }

  function announce({ roomName }: Pick<EgressSession, 'roomName'>): void {
    events.emit('room', { channelId: roomName });
    events.emit('presence', { channelId: roomName });
  }

  /** Deletes, from the buffers of sessions that have ended, the voices that may not be kept any more. */
  async function settleEnded(where: { communityId?: string }): Promise<void> {
    const sessions = await db.egressSession.findMany({
      where: {
        ...where,
        status: { notIn: RUNNING.in },
        purgedAt: null,
        keptVoices: { some: {} },
      },
      include: { keptVoices: { distinct: ['userId'], select: { userId: true } } },
    });
    await allInTurn(sessions, async ({ communityId, userId: sharerId, segmentPath, keptVoices }) => {
      const userIds = keptVoices.map(({ userId }) => userId);
      // A session without a community is one whose community is being deleted, and its buffer with it.
      const allowed =
        communityId === null ? new Set<string>() : await rules.allowedIn({ communityId, sharerId, userIds });
      await forgetIn(
        segmentPath,
        userIds.filter((userId) => !allowed.has(userId)),
      );
    });
  }

  const forgetIn = (segmentPath: string, userIds: readonly string[]) =>
    allInTurn(userIds, (userId) => lanes.forget(segmentPath, userId));

  /** Settles a session on its server. A server that doesn't answer settles it by itself, or another one that takes over. */
  async function settleAnywhere({ id, serverId }: Pick<EgressSession, 'id' | 'serverId'>): Promise<void> {
    if (serverId === servers.id) return settleHere(id);
    if (serverId === null || !(await servers.liveIds()).includes(serverId)) return;
    await calls.ask(
      serverId,
      SETTLE,
      { sessionId: id } satisfies z.input<typeof settleInput>,
      SETTLE_TIMEOUT_MS,
    );
  }

  const mine = (where: { communityId?: string; roomName?: string }) =>
    db.egressSession.findMany({
      where: { ...where, status: 'ACTIVE', serverId: servers.id },
      select: { id: true },
    });

  /** Settles this server's sessions after news. What fails is tried again by the next sweep. */
  function heed(where: { communityId?: string; roomName?: string }): void {
    mine(where)
      .then((sessions) => Promise.all(sessions.map(({ id }) => settleHere(id))))
      .catch((error: unknown) => {
        if (!isDatabaseAway(error)) log.error({ err: error, ...where }, 'voices could not be settled');
      });
  }

  calls.handle(SETTLE, async (input) => settleHere(settleInput.parse(input).sessionId));
  const stopListening = [
    events.listen('presence', ({ channelId }) => heed({ roomName: channelId })),
    events.listen('room', ({ channelId }) => heed({ roomName: channelId })),
    events.listen('community', ({ communityId }) => heed({ communityId })),
    events.listen('gap', () => heed({})),
  ];

  return {
    /**
     * Makes recorders and buffers keep to what somebody may have just changed in a community. When it resolves, what may not be kept
     * is deleted everywhere but on servers that don't answer.
     */
    async settle(communityId: string): Promise<void> {
      const sessions = await db.egressSession.findMany({
        where: { communityId, status: RUNNING },
        select: { id: true, serverId: true },
      });
      try {
        await allDone(sessions.map(settleAnywhere));
      } finally {
        // Only now, because some of them may have ended meanwhile.
        await settleEnded({ communityId });
      }
    },

    /** Checks everything, to find what was missed because of lost news, outages or crashes. */
    async sweep(): Promise<void> {
      const sessions = await mine({});
      try {
        await allInTurn(sessions, ({ id }) => settleHere(id));
      } finally {
        await settleEnded({});
      }
    },

    async close(): Promise<void> {
      for (const stop of stopListening) stop();
      await runs.settled();
    },
  };
}
