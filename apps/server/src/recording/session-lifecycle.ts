import type { EgressSession, PrismaClient } from '@hindsight/db/client';
import type { EndReason } from '@hindsight/shared/replay/replay';
import type { TimelineService } from '../buffer/timeline.service.ts';
import type { AppEvents } from '../events/events.ts';
import { RUNNING } from './session-slots.ts';
import type { ShareTracks } from './share.ts';

/** These ends are the server's fault. */
const FAILURES: ReadonlySet<EndReason> = new Set<EndReason>(['RECORDER_FAILED', 'DISK_FULL']);

export interface SessionLifecycleDeps {
  db: PrismaClient;
  timeline: Pick<TimelineService, 'endOf'>;
  events: Pick<AppEvents, 'emit'>;
}

export type SessionLifecycle = ReturnType<typeof createSessionLifecycle>;

/**
 * Keeps the state of sessions: STARTING → ACTIVE → STOPPED | FAILED. Recorder, webhooks and reconciliation may all report
 * the same end, in any order. The first one counts, because each step is one conditional update.
 */
export function createSessionLifecycle({ db, timeline, events }: SessionLifecycleDeps) {
  function announce({ userId, roomName }: Pick<EgressSession, 'userId' | 'roomName'>): void {
    events.emit('mine', { userId, channelId: roomName });
    events.emit('room', { channelId: roomName });
    events.emit('presence', { channelId: roomName });
  }

  return {
    /** Tells listeners that a session's row was made, changed or deleted. */
    announce,

    /** Records that a session has its first frame. */
    async started(sessionId: string, startedAtMs: number): Promise<void> {
      const changed = await db.egressSession.updateManyAndReturn({
        where: { id: sessionId, status: 'STARTING' },
        data: { status: 'ACTIVE', startedAt: new Date(startedAtMs) },
      });
      changed.forEach(announce);
    },

    async setHealth(sessionId: string, isDegraded: boolean): Promise<void> {
      const health = isDegraded ? 'DEGRADED' : 'OK';
      const changed = await db.egressSession.updateManyAndReturn({
        where: { id: sessionId, status: RUNNING, health: { not: health } },
        data: { health },
      });
      changed.forEach(announce);
    },

    /** Stores a share's new track SIDs, after its publisher had to reconnect. */
    async moved(sessionId: string, { videoTrackSid, audioTrackSid }: ShareTracks): Promise<void> {
      const changed = await db.egressSession.updateManyAndReturn({
        where: { id: sessionId, status: RUNNING },
        data: { videoTrackSid, audioTrackSid: audioTrackSid ?? null },
      });
      changed.forEach(announce);
    },

    /** Tells the owner that a segment was added, so that more can be captured. */
    async extended(sessionId: string): Promise<void> {
      const session = await db.egressSession.findUnique({
        where: { id: sessionId },
        select: { userId: true, roomName: true },
      });
      if (session !== null) events.emit('mine', { userId: session.userId, channelId: session.roomName });
    },

    /**
     * Notes that the sharer no longer wants a recording to go on that waits for room on the disk.
     * @returns false when the session doesn't wait for that
     */
    async takeBack(sessionId: string): Promise<boolean> {
      const changed = await db.egressSession.updateManyAndReturn({
        where: { id: sessionId, endReason: 'DISK_FULL' },
        data: { status: 'STOPPED', endReason: 'STOPPED_BY_USER' },
      });
      changed.forEach(announce);
      return changed.length > 0;
    },

    /** Returns a session that has ended for this reason; otherwise null. */
    findEnded: (sessionId: string, endReason: EndReason): Promise<EgressSession | null> =>
      db.egressSession.findFirst({ where: { id: sessionId, endReason, endedAt: { not: null } } }),

    /**
     * Ends a running session as of the true end of its buffer, from which its grace time counts.
     * @returns the session as it ended; null when it had ended before
     */
    async end(sessionId: string, endReason: EndReason): Promise<EgressSession | null> {
      const session = await db.egressSession.findFirst({ where: { id: sessionId, status: RUNNING } });
      if (session === null) return null;
      const endMs = await timeline.endOf(session);
      const [ended] = await db.egressSession.updateManyAndReturn({
        where: { id: sessionId, status: RUNNING },
        data: {
          status: FAILURES.has(endReason) ? 'FAILED' : 'STOPPED',
          endReason,
          endedAt: endMs === null ? (session.startedAt ?? session.createdAt) : new Date(endMs),
          health: 'OK',
        },
      });
      if (ended === undefined) return null;
      announce(ended);
      return ended;
    },
  };
}
