import type { PrismaClient } from '@hindsight/db/client';
import type { BufferKey, BufferPolicy } from './buffer-policy.ts';
import type { Timeline } from './piece.ts';
import type { BufferLocation, SessionBuffers } from './session-buffers.ts';
import { captureableFromMs, joinSessions, piecesAfter } from './timeline.ts';

export interface TimelineService {
  /** The captureable past at a moment, from what is on disk: all sessions that run or are in grace. */
  of(key: BufferKey, nowMs: number): Promise<Timeline>;
  /** True end of what a session has recorded, epoch ms; null when it has nothing. */
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
  return {
    async of({ userId, channelId }, nowMs) {
      const sessions = await db.egressSession.findMany({
        where: {
          userId,
          roomName: channelId,
          purgedAt: null,
          OR: [{ endedAt: null }, { endedAt: { gt: new Date(nowMs - policy.graceMs) } }],
        },
        select: { id: true, segmentPath: true, endedAt: true },
      });
      const pieces = await Promise.all(
        sessions.map(async (session) => {
          const span = { endedAtMs: session.endedAt?.getTime() ?? null };
          return piecesAfter(await buffers.read(session), captureableFromMs(span, policy, nowMs));
        }),
      );
      return joinSessions(pieces);
    },

    async endOf(session) {
      return (await buffers.read(session)).at(-1)?.toMs ?? null;
    },
  };
}
