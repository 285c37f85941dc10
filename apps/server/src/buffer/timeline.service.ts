import type { PrismaClient } from '@hindsight/db/client';
import { retentionMarginMs, type BufferKey, type BufferPolicy } from './buffer-policy.ts';
import type { Timeline } from './piece.ts';
import type { BufferLocation, SessionBuffers } from './session-buffers.ts';
import { captureableFromMs, joinSessions, piecesAfter } from './timeline.ts';

export interface TimelineService {
  /**
   * Returns what can be captured at a moment (epoch ms), which may be in the past. It covers all sessions that ran or
   * were in grace at that moment.
   */
  of(key: BufferKey, atMs: number): Promise<Timeline>;
  /**
   * Returns all that retention leaves at a moment, including what could be captured shortly before and is still shown by
   * an open dialog.
   */
  kept(key: BufferKey, atMs: number): Promise<Timeline>;
  /** Returns the true end of what a session has recorded (epoch ms), or null when it has recorded nothing. */
  endOf(session: BufferLocation): Promise<number | null>;
}

export function createTimelineService({
  db,
  buffers,
  policy,
}: {
  db: PrismaClient;
  buffers: SessionBuffers;
  policy: BufferPolicy;
}): TimelineService {
  async function captureable({ userId, channelId }: BufferKey, atMs: number): Promise<Timeline> {
    const sessions = await db.egressSession.findMany({
      where: {
        userId,
        roomName: channelId,
        purgedAt: null,
        OR: [{ endedAt: null }, { endedAt: { gt: new Date(atMs - policy.graceMs) } }],
      },
      select: { id: true, segmentPath: true, endedAt: true },
    });
    const pieces = await Promise.all(
      sessions.map(async (session) => {
        const span = { endedAtMs: session.endedAt?.getTime() ?? null };
        return piecesAfter(await buffers.read(session), captureableFromMs(span, policy, atMs));
      }),
    );
    return joinSessions(pieces);
  }

  return {
    of: captureable,

    kept: (key, atMs) => captureable(key, atMs - retentionMarginMs(policy)),

    async endOf(session) {
      return (await buffers.read(session)).at(-1)?.toMs ?? null;
    },
  };
}
