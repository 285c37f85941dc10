import type { Prisma, ReplayClip } from '@hindsight/db/client';
import { titleOfOtherLength } from '@hindsight/shared/clips/default-title';
import { AppError } from '@hindsight/shared/errors';
import { toSafeNumber } from '@hindsight/shared/units';
import { dropClipFiles } from '../../clips/clip-files.ts';
import type { Quota } from '../../quota/quota.service.ts';
import type { Deletions } from '../../storage/deletions.ts';

/**
 * Replaces a clip by the trim that was cut from it, inside the transaction that creates the new file. The clip keeps its
 * id, and with it its messages and links, and its title unless that told its length. What was cut off isn't served to anybody from now on, because it may
 * have been cut off for that reason.
 * @throws AppError NOT_FOUND when either of them has been removed meanwhile
 */
export async function replaceClip(
  tx: Prisma.TransactionClient,
  { quota, deletions }: { quota: Quota; deletions: Pick<Deletions, 'enqueue'> },
  trim: ReplayClip,
  {
    ready,
    claimed,
  }: {
    ready: Prisma.ReplayClipUncheckedUpdateManyInput;
    /** Selects the trim while this server has claimed it. */
    claimed: Prisma.ReplayClipWhereInput;
  },
): Promise<void> {
  const id = trim.trimOfId ?? '';
  // The clip is locked before it is read and before the trim. Removing a clip locks in the same order.
  const { count: updatedClips } = await tx.replayClip.updateMany({
    where: { id, status: 'READY', removedAt: null },
    data: { updatedAt: new Date() },
  });
  const { count: deletedTrims } = await tx.replayClip.deleteMany({ where: claimed });
  if (updatedClips === 0 || deletedTrims === 0) throw new AppError('NOT_FOUND');
  const replaced = await tx.replayClip.findUniqueOrThrow({ where: { id } });
  const newFileId = typeof ready.fileId === 'string' ? ready.fileId : '';
  // They are the same when the trim came with a title. Otherwise the owner may have named the clip since.
  const title = replaced.title === trim.title ? trim.title : titleOfOtherLength(replaced, trim.durationMs);
  const unprocessed = { spriteFileId: null, upgradePutOffAt: null };
  await tx.replayClip.updateMany({ where: { id }, data: { ...ready, ...unprocessed, title } });
  await tx.clipMarker.deleteMany({ where: { clipId: id } });
  // A retry of such a trim would cut at the wrong times.
  await tx.replayClip.updateMany({
    where: { trimOfId: id, status: { not: 'READY' } },
    data: { trimOfId: null },
  });
  await dropClipFiles(tx, deletions, replaced, newFileId);
  await quota.free(tx, trim.userId, toSafeNumber(replaced.sizeBytes));
}
