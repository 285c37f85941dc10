import type { PrismaClient } from '@hindsight/db/client';
import type { BufferKey, BufferPolicy } from './buffer-policy.ts';
import type { Timeline } from './piece.ts';
import type { BufferLocation, SessionBuffers } from './session-buffers.ts';
import { captureableFromMs, joinSessions, piecesAfter } from './timeline.ts';

export interface TimelineService {
  /** What can be captured at a moment, or could have been: of all sessions that ran or were in grace then. */
  of(key: BufferKey, atMs: number): Promise<Timeline>;
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
    async of({ userId, channelId }, atMs) {
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
    },

    async endOf(session) {
      return (await buffers.read(session)).at(-1)?.toMs ?? null;
    },
  };
}
