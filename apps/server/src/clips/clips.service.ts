import type { PrismaClient } from '@hindsight/db/client';
import type { ClipDto, ClipList, ClipListInput, ClipRemoveResult } from '@hindsight/shared/clip';
import { AppError } from '@hindsight/shared/errors';
import { toSafeNumber } from '@hindsight/shared/units';
import type { Quota } from '../quota/quota.service.ts';
import type { Deletions } from '../storage/deletions.ts';
import type { StorageKey } from '../storage/storage-key.ts';
import { CLIP_INCLUDE, type ClipFeed, type ClipRow } from './clip-feed.ts';
import { afterCursor, encodeCursor, pageOrder, titleContains } from './clip-page.ts';

/** A file of a clip, to be served. */
export interface ClipFile {
  storageKey: StorageKey;
  sizeBytes: number;
  /** SHA-256, hex. */
  checksum: string;
  title: string;
  createdAt: Date;
}

interface ClipsDependencies {
  db: PrismaClient;
  quota: Quota;
  deletions: Pick<Deletions, 'enqueue'>;
  feed: ClipFeed;
}

export type Clips = ReturnType<typeof createClips>;

/** A user's own clips. Everything throws AppError NOT_FOUND for ids that don't exist and for other people's alike. */
export function createClips({ db, quota, deletions, feed }: ClipsDependencies) {
  async function own(userId: string, clipId: string): Promise<ClipRow> {
    const row = await db.replayClip.findFirst({ where: { id: clipId, userId }, include: CLIP_INCLUDE });
    if (row === null) throw new AppError('NOT_FOUND');
    return row;
  }

  /** Null when the clip has changed since it was read, e.g. has become READY. */
  async function tryRemove(row: ClipRow): Promise<{ freedBytes: number } | null> {
    return db.$transaction(async (tx) => {
      const { id, userId, status, fileId, posterFileId } = row;
      const { count } = await tx.replayClip.deleteMany({ where: { id, userId, status, fileId } });
      if (count === 0) return null;
      if (status === 'PROCESSING') await quota.release(tx, userId, toSafeNumber(row.reservedBytes));
      if (status !== 'READY') return { freedBytes: 0 };
      const files = await tx.file.findMany({
        where: { id: { in: [fileId, posterFileId].filter((one) => one !== null) } },
        select: { id: true, storageKey: true },
      });
      await deletions.enqueue(
        tx,
        files.map((file) => file.storageKey),
      );
      await tx.file.deleteMany({ where: { id: { in: files.map((file) => file.id) } } });
      const freedBytes = toSafeNumber(row.sizeBytes);
      await quota.free(tx, userId, freedBytes);
      return { freedBytes };
    });
  }

  return {
    async list(userId: string, input: ClipListInput): Promise<ClipList> {
      const { cursor, offset, limit, communityId, search, sort } = input;
      const where = {
        userId,
        ...(communityId === undefined ? {} : { communityId }),
        ...titleContains(search),
      };
      const [total, rows] = await Promise.all([
        db.replayClip.count({ where }),
        db.replayClip.findMany({
          where: cursor === undefined ? where : { AND: [where, afterCursor(sort, cursor)] },
          skip: cursor === undefined ? offset : 0,
          // One more than the page tells whether there is another.
          take: limit + 1,
          orderBy: pageOrder(sort),
          include: CLIP_INCLUDE,
        }),
      ]);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const hasMore = rows.length > limit;
      return {
        items: await Promise.all(page.map((row) => feed.toDto(row))),
        nextCursor: hasMore && last !== undefined ? encodeCursor(sort, last) : null,
        total,
        hasMore,
      };
    },

    async get(userId: string, clipId: string): Promise<ClipDto> {
      return feed.toDto(await own(userId, clipId));
    },

    async update(userId: string, clipId: string, { title }: { title: string }): Promise<ClipDto> {
      const { count } = await db.replayClip.updateMany({ where: { id: clipId, userId }, data: { title } });
      if (count === 0) throw new AppError('NOT_FOUND');
      await feed.announce(clipId);
      return feed.toDto(await own(userId, clipId));
    },

    /** Frees the quota at once; the bytes follow through the deletion queue. A clip that is being made is cancelled. */
    async remove(userId: string, clipId: string): Promise<ClipRemoveResult> {
      let removed = await tryRemove(await own(userId, clipId));
      while (removed === null) removed = await tryRemove(await own(userId, clipId));
      feed.announceRemoved(userId, clipId);
      return { ...removed, undoUntil: null, remainingQuotaBytes: (await quota.mine(userId)).availableBytes };
    },

    /** @throws AppError CLIP_NOT_READY too */
    async file(userId: string, clipId: string, kind: 'video' | 'poster'): Promise<ClipFile> {
      const row = await db.replayClip.findFirst({
        where: { id: clipId, userId },
        include: { file: true, posterFile: true },
      });
      if (row === null) throw new AppError('NOT_FOUND');
      if (row.status !== 'READY') throw new AppError('CLIP_NOT_READY');
      const file = kind === 'video' ? row.file : row.posterFile;
      if (file === null) throw new AppError('NOT_FOUND');
      const { storageKey, checksum, createdAt } = file;
      return { storageKey, checksum, createdAt, sizeBytes: toSafeNumber(file.sizeBytes), title: row.title };
    },
  };
}
