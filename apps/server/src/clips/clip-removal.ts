import type { Prisma, PrismaClient } from '@hindsight/db/client';
import { CLIP_UNDO_MS, type ClipRemoveResult, type ClipRestoreResult } from '@hindsight/shared/clip';
import { AppError } from '@hindsight/shared/errors';
import { SECOND, toSafeNumber } from '@hindsight/shared/units';
import type { Quota } from '../quota/quota.service.ts';
import type { Deletions } from '../storage/deletions.ts';
import { CLIP_INCLUDE, type ClipFeed, type ClipRow } from './clip-feed.ts';
import { dropClipFiles } from './clip-files.ts';

/** A request to undo may be under way when the time is up. */
const UNDO_TOLERANCE_MS = 2 * SECOND;
/** Between the last moment at which a deletion is undone and the first at which it can't be: no two clocks to agree on it. */
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
  /** Trims that were to take its place. */
  cancelledIds: readonly string[];
  /** Those that held it, when its row is gone and they don't name it any more. */
  messageIds: readonly string[];
}

/**
 * Deleting clips, undoing it, and what is left when it can't be undone any more. A finished clip stays as a row that is
 * marked as removed, which nobody sees and which takes no quota; one that isn't READY goes at once, which cancels it.
 */
export function createClipRemoval({ db, quota, deletions, feed, now = Date.now }: ClipRemovalDependencies) {
  /** Null when the clip has changed since it was read, e.g. has become READY. */
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

  /** @throws AppError NOT_FOUND */
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

  /** Brings one clip back inside a transaction; null when it is there already. */
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
    /** Frees the quota at once. A clip that is being made is cancelled. */
    async remove(userId: string, clipId: string): Promise<ClipRemoveResult> {
      const removedAt = new Date(now());
      return toResult(userId, [await removeOne(userId, clipId, removedAt)], removedAt);
    },

    /** All or, when one of them isn't the caller's, none. One that goes meanwhile is no reason to stop. */
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
     * Brings removed clips back, all or none.
     * @throws AppError UNDO_EXPIRED when one of them is gone for good, or was never the caller's; QUOTA_EXCEEDED when
     *   something else has taken the place
     */
    async restore(userId: string, clipIds: readonly string[]): Promise<ClipRestoreResult> {
      // Always in one order, so that two at once don't wait for each other.
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
     * Drops what can't be brought back any more; the bytes follow through the deletion queue. Keeps what a trim is still
     * being made from.
     */
    async purge(): Promise<void> {
      const before = new Date(now() - CLIP_UNDO_MS - UNDO_TOLERANCE_MS - PURGE_MARGIN_MS);
      const rows = await db.replayClip.findMany({
        where: { removedAt: { lt: before }, trims: { none: { status: 'PROCESSING' } } },
        select: { id: true, fileId: true, posterFileId: true, spriteFileId: true },
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
