import type { PrismaClient } from '@hindsight/db/client';
import type { ClipDto, ClipList, ClipListInput } from '@hindsight/shared/clips/clip';
import type { ClipLane } from '@hindsight/shared/clips/clip-lanes';
import { AppError } from '@hindsight/shared/errors';
import type { Quota } from '../quota/quota.service.ts';
import type { Deletions } from '../storage/deletions.ts';
import { requireWatchable } from './clip-access.ts';
import { CLIP_INCLUDE, type ClipFeed, type ClipRow } from './clip-feed.ts';
import { findClipFile, type ClipFileKind, type ClipVideo } from './clip-files.ts';
import { afterCursor, encodeCursor, listedClips, pageOrder } from './clip-page.ts';
import { readClipLanes } from './clip-lanes.ts';
import { createClipRemoval } from './clip-removal.ts';

interface ClipsDependencies {
  db: PrismaClient;
  quota: Quota;
  deletions: Pick<Deletions, 'enqueue'>;
  feed: ClipFeed;
  now?: () => number;
}

export type Clips = ReturnType<typeof createClips>;

/**
 * Lists and changes a user's own clips. Everything throws AppError NOT_FOUND for ids that don't exist and for clips of
 * others alike.
 */
export function createClips({ db, quota, deletions, feed, ...clock }: ClipsDependencies) {
  async function own(userId: string, clipId: string): Promise<ClipRow> {
    const row = await db.replayClip.findFirst({
      where: { id: clipId, userId, removedAt: null },
      include: CLIP_INCLUDE,
    });
    if (row === null) throw new AppError('NOT_FOUND');
    return row;
  }

  return {
    ...createClipRemoval({ db, quota, deletions, feed, ...clock }),

    async list(userId: string, input: ClipListInput): Promise<ClipList> {
      const { cursor, offset, limit, sort } = input;
      const where = { userId, ...listedClips(input) };
      const [total, rows] = await Promise.all([
        db.replayClip.count({ where }),
        db.replayClip.findMany({
          where: cursor === undefined ? where : { AND: [where, afterCursor(sort, cursor)] },
          skip: cursor === undefined ? offset : 0,
          // One more row than the page tells whether there is another page.
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

    /** Tells who is heard when in a clip that the user may watch. */
    lanes: (userId: string, clipId: string): Promise<ClipLane[]> => readClipLanes(db, userId, clipId),

    async update(userId: string, clipId: string, { title }: { title: string }): Promise<ClipDto> {
      const { count } = await db.replayClip.updateMany({
        where: { id: clipId, userId, removedAt: null },
        data: { title },
      });
      if (count === 0) throw new AppError('NOT_FOUND');
      await feed.announce(clipId);
      return feed.toDto(await own(userId, clipId));
    },

    /**
     * Finds a file of a clip that the user may watch.
     * @throws AppError NOT_FOUND, CLIP_NOT_READY
     */
    async file(userId: string, clipId: string, kind: ClipFileKind, version?: string): Promise<ClipVideo> {
      await requireWatchable(db, userId, clipId);
      return findClipFile(db, clipId, kind, version);
    },

    /**
     * Finds a file of a user's own clip.
     * @throws AppError NOT_FOUND, CLIP_NOT_READY
     */
    async ownFile(userId: string, clipId: string, kind: ClipFileKind, version?: string): Promise<ClipVideo> {
      await own(userId, clipId);
      return findClipFile(db, clipId, kind, version);
    },

    /** Returns the name of the channel that a clip was recorded in, which only its owner is told; null otherwise. */
    async channelName(userId: string, clipId: string): Promise<string | null> {
      const clip = await db.replayClip.findFirst({
        where: { id: clipId, userId },
        select: { channel: { select: { name: true } } },
      });
      return clip?.channel?.name ?? null;
    },
  };
}
