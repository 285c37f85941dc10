import type { File, PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { ReadyClip } from '../capture/post-process/clip-change.ts';

/**
 * Finds a user's own clip, with its file.
 * @throws AppError NOT_FOUND, CLIP_NOT_READY
 */
export async function ownReadyClip(
  db: PrismaClient,
  userId: string,
  clipId: string,
): Promise<ReadyClip & { tracksFile: File | null }> {
  const clip = await db.replayClip.findFirst({
    where: { id: clipId, userId, removedAt: null },
    include: { file: true, tracksFile: true },
  });
  if (clip === null) throw new AppError('NOT_FOUND');
  if (clip.status !== 'READY' || clip.file === null) throw new AppError('CLIP_NOT_READY');
  return { ...clip, file: clip.file };
}
