import { randomUUID } from 'node:crypto';
import type { PrismaClient } from '@hindsight/db/client';
import { segmentPathOf } from '../../buffer/buffer-paths.ts';

/** This says where a recording session belongs, and whether it still runs. Times are epoch milliseconds. */
export interface SessionRow {
  userId: string;
  communityId: string;
  channelId: string;
  startMs: number;
  /** With null, the session still runs. */
  endMs: number | null;
}

/** Inserts a session as a recording leaves it. It must exist before its folder, which would else be deleted as ownerless. */
export async function createSessionRow(
  db: PrismaClient,
  { userId, communityId, channelId, startMs, endMs }: SessionRow,
): Promise<{ sessionId: string; segmentPath: string }> {
  const id = randomUUID();
  const segmentPath = segmentPathOf({ roomName: channelId, userId, id });
  await db.egressSession.create({
    data: {
      id,
      userId,
      communityId,
      channelId,
      roomName: channelId,
      videoTrackSid: 'TR_video',
      quality: 'Q720P',
      segmentPath,
      startedAt: new Date(startMs),
      ...(endMs === null
        ? { status: 'ACTIVE' }
        : { status: 'STOPPED', endReason: 'SHARE_ENDED', endedAt: new Date(endMs) }),
    },
  });
  return { sessionId: id, segmentPath };
}
