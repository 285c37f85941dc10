import type { EgressSession, PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';

export type OwnBuffers = ReturnType<typeof createOwnBuffers>;

/** Finds a person's buffers for requests that name a session, or nothing at all. */
export function createOwnBuffers({ db }: { db: PrismaClient }) {
  return {
    /**
     * Returns a recording session of a person's.
     * @throws AppError NOT_FOUND
     */
    async session(userId: string, sessionId: string): Promise<EgressSession> {
      const session = await db.egressSession.findFirst({ where: { id: sessionId, userId } });
      if (session === null) throw new AppError('NOT_FOUND');
      return session;
    },

    /** Returns the session that records a person now, otherwise the newest whose buffer is still there, if any. */
    async newest(userId: string): Promise<EgressSession | null> {
      const [session] = await db.egressSession.findMany({
        where: { userId, purgedAt: null, status: { not: 'FAILED' } },
        orderBy: [{ endedAt: { sort: 'desc', nulls: 'first' } }, { createdAt: 'desc' }],
        take: 1,
      });
      return session ?? null;
    },

    /** Returns the room in which a press was accepted under this key, if it was. */
    async roomOfPress(userId: string, pressKey: string): Promise<string | null> {
      const where = { userId_pressKey: { userId, pressKey } };
      const clip = await db.replayClip.findUnique({ where, select: { roomName: true } });
      return clip?.roomName ?? null;
    },

    /** Returns the files of clips by the clips' ids. */
    async files(clipIds: string[]) {
      const clips = await db.replayClip.findMany({
        where: { id: { in: clipIds } },
        select: { id: true, roomName: true, file: { select: { id: true, filename: true, mimeType: true } } },
      });
      return new Map(clips.map(({ id, ...more }) => [id, more]));
    },
  };
}
