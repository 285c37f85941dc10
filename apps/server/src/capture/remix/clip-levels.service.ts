import type { PrismaClient } from '@hindsight/db/client';
import type { ClipLevels, ClipLevelsInput } from '@hindsight/shared/clips/clip-voices';
import { AppError } from '@hindsight/shared/errors';
import type { ClipFeed } from '../../clips/clip-feed.ts';

interface ClipLevelsDependencies {
  db: PrismaClient;
  feed: Pick<ClipFeed, 'announce'>;
  /** Queues a clip that is to be mixed anew. */
  enqueueRemix: (clipId: string) => Promise<unknown>;
}

export type ClipLevelsService = ReturnType<typeof createClipLevels>;

/** Changes how loud the share and each voice are in the mix of somebody's own clip. */
export function createClipLevels({ db, feed, enqueueRemix }: ClipLevelsDependencies) {
  async function own(userId: string, clipId: string) {
    const clip = await db.replayClip.findFirst({
      where: { id: clipId, userId, removedAt: null },
      include: {
        voices: {
          where: { takenOutAt: null },
          include: { user: { select: { username: true } } },
          orderBy: { user: { username: 'asc' } },
        },
      },
    });
    if (clip === null) throw new AppError('NOT_FOUND');
    if (clip.status !== 'READY') throw new AppError('CLIP_NOT_READY');
    return clip;
  }

  /** @throws AppError NOT_FOUND, CLIP_NOT_READY */
  async function get(userId: string, clipId: string): Promise<ClipLevels> {
    const { shareGainDb, voices } = await own(userId, clipId);
    return {
      shareDb: shareGainDb,
      voices: voices.map(({ userId: speakerId, user, gainDb }) => ({
        ...{ userId: speakerId, username: user.username, isMine: speakerId === userId, gainDb },
      })),
    };
  }

  return {
    get,

    /**
     * Changes levels, and has the clip mixed anew if one of them is another than before.
     * @throws AppError NOT_FOUND, CLIP_NOT_READY; VALIDATION_FAILED when somebody isn't in the clip, or it can't be mixed anew
     */
    async update(userId: string, { clipId, shareDb, voices }: ClipLevelsInput): Promise<ClipLevels> {
      const clip = await own(userId, clipId);
      const known = new Map(clip.voices.map((voice) => [voice.userId, voice.gainDb]));
      if (voices.some((voice) => !known.has(voice.userId)))
        throw new AppError('VALIDATION_FAILED', { detail: 'Somebody of these is not in the clip.' });
      if (clip.tracksFileId === null)
        throw new AppError('VALIDATION_FAILED', {
          detail: 'Its sounds were not kept apart, so they can’t be mixed at other levels.',
        });
      const changed = voices.filter(({ userId: id, gainDb }) => known.get(id) !== gainDb);
      const shareGainDb = shareDb ?? clip.shareGainDb;
      if (changed.length === 0 && shareGainDb === clip.shareGainDb) return get(userId, clipId);
      await db.$transaction(async (tx) => {
        const { count } = await tx.replayClip.updateMany({
          where: { id: clipId, removedAt: null },
          data: { shareGainDb, mixWantedAt: new Date() },
        });
        if (count === 0) throw new AppError('NOT_FOUND');
        for (const { userId: id, gainDb } of changed)
          await tx.clipVoice.updateMany({ where: { clipId, userId: id }, data: { gainDb } });
      });
      await enqueueRemix(clipId);
      await feed.announce(clipId);
      return get(userId, clipId);
    },
  };
}
