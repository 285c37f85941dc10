import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { SharedClip } from '@hindsight/shared/chat/message';
import { requireWatchable } from '../clips/clip-access.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { SHARED_CLIP_INCLUDE, toSharedClip } from './message-row.ts';

/** Reads clips for the people they were shared with. */
export function createSharedClips({ db }: { db: PrismaClient }) {
  return {
    /**
     * Returns a clip that is the caller's own or in a message that they may read.
     * @throws AppError NOT_FOUND for every other clip
     */
    async get(user: SignedInUser, clipId: string): Promise<SharedClip> {
      await requireWatchable(db, user.id, clipId);
      const row = await db.replayClip.findUnique({ where: { id: clipId }, include: SHARED_CLIP_INCLUDE });
      if (row === null) throw new AppError('NOT_FOUND');
      return toSharedClip(row);
    },
  };
}
