import type { PrismaClient } from '@hindsight/db/client';
import { HISTORY_KEPT_MS, type HistoryInput, type ReplayHistory } from '@hindsight/shared/replay/replay';
import type { Access } from '../access/access.service.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { toRecordedSession } from './session-dto.ts';

/** Lists who was recorded in a channel, for everybody who could have been in it. */
export function createHistory({ db, access }: { db: PrismaClient; access: Pick<Access, 'requireChannel'> }) {
  return {
    /**
     * Lists the recordings of a channel, newest first. Sessions without a single frame recorded nobody and are left out.
     * @throws AppError NOT_FOUND unless the caller is a member of the channel's community
     */
    async list(user: SignedInUser, { channelId, cursor, limit }: HistoryInput): Promise<ReplayHistory> {
      await access.requireChannel(user, channelId);
      const rows = await db.egressSession.findMany({
        where: {
          channelId,
          startedAt: { not: null },
          ...(cursor === undefined ? {} : { id: { lt: cursor } }),
        },
        // Ids begin with the time at which they were made.
        orderBy: { id: 'desc' },
        take: limit + 1,
        include: {
          user: { select: { username: true } },
          keptVoices: { orderBy: { startedAt: 'asc' }, include: { user: { select: { username: true } } } },
        },
      });
      const items = rows
        .slice(0, limit)
        .flatMap(({ startedAt, ...row }) =>
          startedAt === null ? [] : [toRecordedSession({ ...row, startedAt })],
        );
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },

    /** Deletes recordings that ended long ago and whose buffer is gone. */
    async forgetOld(nowMs: number): Promise<void> {
      await db.egressSession.deleteMany({
        where: { endedAt: { lt: new Date(nowMs - HISTORY_KEPT_MS) }, purgedAt: { not: null } },
      });
    },
  };
}
