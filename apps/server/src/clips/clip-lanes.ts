import type { PrismaClient } from '@hindsight/db/client';
import type { ClipLane } from '@hindsight/shared/clips/clip-lanes';
import { requireWatchable } from './clip-access.ts';

/**
 * Tells who is heard when in a clip, to whoever may watch it: the share first, then the voices by name. The list is empty for
 * clips without voices, and until the clip's file is written.
 * @throws AppError NOT_FOUND
 */
export async function readClipLanes(db: PrismaClient, userId: string, clipId: string): Promise<ClipLane[]> {
  await requireWatchable(db, userId, clipId);
  const [share, voices] = await Promise.all([
    db.clipShareLoudness.findUnique({ where: { clipId } }),
    db.clipVoice.findMany({
      where: { clipId, loudness: { not: null }, takenOutAt: null },
      select: { userId: true, loudness: true, user: { select: { username: true } } },
      orderBy: { user: { username: 'asc' } },
    }),
  ]);
  const ofShare = share === null ? [] : [{ voice: null, peaks: [...share.loudness] }];
  return [
    ...ofShare,
    ...voices.map(({ userId: speakerId, user, loudness }) => ({
      voice: { userId: speakerId, username: user.username, isMine: speakerId === userId },
      peaks: [...(loudness ?? [])],
    })),
  ];
}
