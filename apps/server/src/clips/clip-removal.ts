import type { Prisma, PrismaClient } from '@hindsight/db/client';
import { CLIP_UNDO_MS, type ClipRemoveResult, type ClipRestoreResult } from '@hindsight/shared/clips/clip';
import { AppError } from '@hindsight/shared/errors';
import { SECOND, toSafeNumber } from '@hindsight/shared/units';
import type { Quota } from '../quota/quota.service.ts';
import type { Deletions } from '../storage/deletions.ts';
import { CLIP_INCLUDE, type ClipFeed, type ClipRow } from './clip-feed.ts';
import { CLIP_FILE_IDS, dropClipFiles } from './clip-files.ts';

/** A request to undo that was sent in time may arrive this much later. */
const UNDO_TOLERANCE_MS = 2 * SECOND;
/** A clip is purged this much after the last moment for undoing, so that servers' clocks needn't agree exactly. */
const PURGE_MARGIN_MS = 3 * SECOND;
const PURGE_BATCH = 100;

interface ClipRemovalDependencies {
  db: PrismaClient;
  quota: Quota;
  deletions: Pick<Deletions, 'enqueue'>;
  feed: ClipFeed;
  now?: () => number;
}

interface Removal {
  freedBytes: number;
  canBeUndone: boolean;
  /** These unfinished trims were to replace the clip. */
  cancelledIds: readonly string[];
  /** The clip was attached to these messages. They are only given when its row is deleted and they no longer name it. */
  messageIds: readonly string[];
}

/**
 * Deletes clips, undoes that, and purges clips when it can't be undone any more. A READY clip keeps its row, marked as
 * removed, which nobody sees and which takes no quota. The row of another clip is deleted at once, which cancels it.
 */
export function createClipRemoval({ db, quota, deletions, feed, now = Date.now }: ClipRemovalDependencies) {
  /** Removes a clip. Returns null when it has changed since it was read, e.g. has become READY. */
  async function tryRemove(row: ClipRow, removedAt: Date): Promise<Removal | null> {
    const { id, userId, status, fileId } = row;
    return db.$transaction(async (tx) => {
      if (status !== 'READY') {
        const messages = await tx.message.findMany({ where: { clipId: id }, select: { id: true } });
        const { count } = await tx.replayClip.deleteMany({ where: { id, status } });
        if (count === 0) return null;
        if (status === 'PROCESSING') await quota.release(tx, userId, toSafeNumber(row.reservedBytes));
        const messageIds = messages.map((message) => message.id);
        return { freedBytes: 0, canBeUndone: false, cancelledIds: [], messageIds };
      }
      const { count } = await tx.replayClip.updateMany({
        where: { id, status, fileId, removedAt: null },
        data: { removedAt },
      });
      if (count === 0) return null;
      const freedBytes = toSafeNumber(row.sizeBytes);
      const cancelledIds = await cancelReplacements(tx, row);
      await quota.free(tx, userId, freedBytes);
      return { freedBytes, canBeUndone: true, cancelledIds, messageIds: [] };
    });
  }

  async function cancelReplacements(
    tx: Prisma.TransactionClient,
    { id, userId }: ClipRow,
  ): Promise<string[]> {
    const replacements = await tx.replayClip.findMany({
      where: { trimOfId: id, isReplacement: true },
      select: { id: true, status: true, reservedBytes: true },
    });
    for (const { id: clipId, status, reservedBytes } of replacements) {
      const { count } = await tx.replayClip.deleteMany({ where: { id: clipId, status } });
      if (count > 0 && status === 'PROCESSING') await quota.release(tx, userId, toSafeNumber(reservedBytes));
    }
    return replacements.map((clip) => clip.id);
  }

  /**
   * Removes a clip and announces it.
   * @throws AppError NOT_FOUND
   */
  async function removeOne(userId: string, clipId: string, removedAt: Date): Promise<Removal> {
    for (;;) {
      const row = await db.replayClip.findFirst({
        where: { id: clipId, userId, removedAt: null },
        include: CLIP_INCLUDE,
      });
      if (row === null) throw new AppError('NOT_FOUND');
      const removal = await tryRemove(row, removedAt);
      if (removal === null) continue;
      for (const id of removal.cancelledIds) feed.announceRemoved(userId, id);
      feed.announceRemoved(userId, clipId, removal.messageIds);
      return removal;
    }
  }

  async function toResult(
    userId: string,
    removals: readonly Removal[],
    removedAt: Date,
  ): Promise<ClipRemoveResult> {
    const undoUntil = removals.some((removal) => removal.canBeUndone)
      ? new Date(removedAt.getTime() + CLIP_UNDO_MS).toISOString()
      : null;
    return {
      freedBytes: removals.reduce((sum, removal) => sum + removal.freedBytes, 0),
      remainingQuotaBytes: (await quota.mine(userId)).availableBytes,
      undoUntil,
    };
  }

  /**
   * Restores one clip inside a transaction. Returns its bytes, or null when it isn't removed.
   * @throws AppError UNDO_EXPIRED
   */
  async function restoreOne(tx: Prisma.TransactionClient, id: string, since: Date): Promise<number | null> {
    const { count } = await tx.replayClip.updateMany({
      where: { id, removedAt: { gte: since } },
      data: { removedAt: null },
    });
    const row = await tx.replayClip.findUnique({
      where: { id },
      select: { removedAt: true, sizeBytes: true },
    });
    if (row === null || row.removedAt !== null) throw new AppError('UNDO_EXPIRED');
    return count === 0 ? null : toSafeNumber(row.sizeBytes);
  }

  return {
    /** Removes a clip and frees its quota at once. A clip that is being made is cancelled. */
    async remove(userId: string, clipId: string): Promise<ClipRemoveResult> {
      const removedAt = new Date(now());
      return toResult(userId, [await removeOne(userId, clipId, removedAt)], removedAt);
    },

    /** Removes all clips, or none when one of them isn't the caller's. A clip that is deleted meanwhile is skipped. */
    async removeMany(userId: string, clipIds: readonly string[]): Promise<ClipRemoveResult> {
      const ids = [...new Set(clipIds)];
      const found = await db.replayClip.count({ where: { id: { in: ids }, userId, removedAt: null } });
      if (found !== ids.length) throw new AppError('NOT_FOUND');
      const removedAt = new Date(now());
      const removals: Removal[] = [];
      for (const id of ids) {
        try {
          removals.push(await removeOne(userId, id, removedAt));
        } catch (error) {
          if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error;
        }
      }
      return toResult(userId, removals, removedAt);
    },

    /**
     * Restores removed clips, all or none.
     * @throws AppError UNDO_EXPIRED when one of them is purged, or was never the caller's; QUOTA_EXCEEDED when there
     * isn't enough quota left
     */
    async restore(userId: string, clipIds: readonly string[]): Promise<ClipRestoreResult> {
      // Clips are restored in a fixed order, so that two transactions can't deadlock.
      const ids = [...new Set(clipIds)].toSorted();
      const since = new Date(now() - CLIP_UNDO_MS - UNDO_TOLERANCE_MS);
      await db.$transaction(async (tx) => {
        const found = await tx.replayClip.count({ where: { id: { in: ids }, userId } });
        if (found !== ids.length) throw new AppError('UNDO_EXPIRED');
        let bytes = 0;
        for (const id of ids) bytes += (await restoreOne(tx, id, since)) ?? 0;
        await quota.reserve(tx, userId, bytes);
        await quota.commit(tx, userId, { reservedBytes: bytes, usedBytes: bytes });
      });
      for (const id of ids) await feed.announce(id);
      const rows = await db.replayClip.findMany({
        where: { id: { in: ids }, removedAt: null },
        include: CLIP_INCLUDE,
      });
      const clips = await Promise.all(rows.map((row) => feed.toDto(row)));
      return { clips, remainingQuotaBytes: (await quota.mine(userId)).availableBytes };
    },

    /**
     * Deletes clips that can't be restored any more, and queues their files for deletion. Keeps a clip while a trim is
     * being made from it.
     */
    async purge(): Promise<void> {
      const before = new Date(now() - CLIP_UNDO_MS - UNDO_TOLERANCE_MS - PURGE_MARGIN_MS);
      const rows = await db.replayClip.findMany({
        where: { removedAt: { lt: before }, trims: { none: { status: 'PROCESSING' } } },
        select: CLIP_FILE_IDS,
        orderBy: { removedAt: 'asc' },
        take: PURGE_BATCH,
      });
      for (const row of rows) {
        await db.$transaction(async (tx) => {
          const { count } = await tx.replayClip.deleteMany({
            where: { id: row.id, removedAt: { lt: before } },
          });
          if (count > 0) await dropClipFiles(tx, deletions, row);
        });
      }
    },
  };
}
