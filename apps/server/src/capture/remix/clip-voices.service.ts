import type { PrismaClient } from '@hindsight/db/client';
import type { MyVoiceList, MyVoiceListInput, VoiceTakenOut } from '@hindsight/shared/clips/clip-voices';
import { AppError } from '@hindsight/shared/errors';
import type { ClipFeed } from '../../clips/clip-feed.ts';
import { afterCursor, encodeCursor, pageOrder } from '../../clips/clip-page.ts';

interface ClipVoicesDependencies {
  db: PrismaClient;
  feed: Pick<ClipFeed, 'announce'>;
  /** Queues a clip that is to be mixed anew. */
  enqueueRemix: (clipId: string) => Promise<unknown>;
}

const BATCH = 100;

export type ClipVoices = ReturnType<typeof createClipVoices>;

/** Shows people in which clips their voice is, and takes it out of them. */
export function createClipVoices({ db, feed, enqueueRemix }: ClipVoicesDependencies) {
  const heardIn = (userId: string) => ({ voices: { some: { userId, takenOutAt: null } } });

  /** Takes a voice out of clips. What knows of it by the database alone does so when this resolves. */
  async function takeOutOf(userId: string, clipIds: readonly string[]): Promise<number> {
    const now = new Date();
    const taken = await db.$transaction(async (tx) => {
      const rows = await tx.$queryRaw<{ clipId: string }[]>`
        UPDATE "ClipVoice" SET "takenOutAt" = ${now}, loudness = NULL
        WHERE "userId" = ${userId}::uuid AND "clipId" = ANY(${[...clipIds]}::uuid[]) AND "takenOutAt" IS NULL
        RETURNING "clipId"`;
      const ids = rows.map(({ clipId }) => clipId);
      await tx.replayClip.updateMany({ where: { id: { in: ids } }, data: { mixWantedAt: now } });
      return ids;
    });
    for (const clipId of taken) {
      await enqueueRemix(clipId);
      await feed.announce(clipId);
    }
    return taken.length;
  }

  return {
    /** Lists the clips that have the caller's voice, of whoever they are, the newest first. */
    async list(userId: string, { cursor, limit }: MyVoiceListInput): Promise<MyVoiceList> {
      const where = { ...heardIn(userId), removedAt: null };
      const [total, rows] = await Promise.all([
        db.replayClip.count({ where }),
        db.replayClip.findMany({
          where: cursor === undefined ? where : { AND: [where, afterCursor('newest', cursor)] },
          // One more row than the page tells whether there is another page.
          take: limit + 1,
          orderBy: pageOrder('newest'),
          include: {
            user: { select: { id: true, username: true } },
            channel: { select: { name: true } },
            _count: {
              select: {
                messages: true,
                links: { where: { OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] } },
              },
            },
          },
        }),
      ]);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(({ id, title, user, channel, fromAt, durationMs, _count }) => ({
          ...{ clipId: id, title, durationMs, recordedAt: fromAt.toISOString() },
          ...{ ownerName: user.username, isMine: user.id === userId, channelName: channel?.name ?? null },
          ...{ isShared: _count.messages > 0, hasLink: _count.links > 0 },
        })),
        nextCursor: rows.length > limit && last !== undefined ? encodeCursor('newest', last) : null,
        total,
      };
    },

    /**
     * Takes the caller's voice out of a clip, for good.
     * @throws AppError NOT_FOUND when it isn't in it
     */
    async takeOut(userId: string, clipId: string): Promise<VoiceTakenOut> {
      const clips = await takeOutOf(userId, [clipId]);
      if (clips === 0) throw new AppError('NOT_FOUND');
      return { clips };
    },

    /** Takes the caller's voice out of all clips, for good. */
    async takeOutOfAll(userId: string): Promise<VoiceTakenOut> {
      let clips = 0;
      for (;;) {
        // A trim may get its voices while this runs.
        const rows = await db.clipVoice.findMany({
          where: { userId, takenOutAt: null },
          take: BATCH,
          select: { clipId: true },
        });
        if (rows.length === 0) return { clips };
        clips += await takeOutOf(
          userId,
          rows.map(({ clipId }) => clipId),
        );
      }
    },
  };
}
