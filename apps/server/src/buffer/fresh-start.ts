import type { PrismaClient } from '@hindsight/db/client';
import type { BufferKey } from './buffer-policy.ts';

/**
 * Returns the end (epoch ms) of the newest clip that started the buffer afresh, because presses save nothing older; null when none
 * did. A clip that failed or was removed doesn't count, so that what it held can be saved again.
 * @param range from the begin of the buffer to the press in question, which may be older than others that arrived before it
 */
export async function freshStart(
  db: PrismaClient,
  { userId, channelId }: BufferKey,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<number | null> {
  const clip = await db.replayClip.findFirst({
    where: {
      userId,
      roomName: channelId,
      startsAfresh: true,
      status: { not: 'FAILED' },
      removedAt: null,
      // A clip ends at its press at the latest.
      pressedAt: { gt: new Date(fromMs), lte: new Date(toMs) },
    },
    orderBy: { toAt: 'desc' },
    select: { toAt: true },
  });
  return clip?.toAt.getTime() ?? null;
}
