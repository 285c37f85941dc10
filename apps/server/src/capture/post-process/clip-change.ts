import type { File, Prisma, PrismaClient, ReplayClip } from '@hindsight/db/client';
import { MINUTE, toSafeNumber } from '@hindsight/shared/units';
import { dropSmallCopy } from '../../clips/clip-files.ts';
import type { ClipFeed } from '../../clips/clip-feed.ts';
import type { Deletions } from '../../storage/deletions.ts';
import type { StorageKey } from '../../storage/storage-key.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import type { WrittenFile } from '../lifecycle/clip-check.ts';
import { videoRow } from '../lifecycle/file-rows.ts';

/** A ready clip can be watched, and has its file's row with it. */
export type ReadyClip = ReplayClip & { file: File };

/** Each step of post-processing gets this. */
export interface StepContext {
  /** The directory is empty, for files that aren't finished. */
  directory: string;
  /**
   * Fetches a clip's file, once for all steps.
   * @returns its path on this machine
   */
  copyOf: (file: File) => Promise<string>;
  signal: AbortSignal;
}

interface ClipChangeDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'commit' | 'remove'>;
  feed: Pick<ClipFeed, 'announce'>;
}

export type ClipChange = ReturnType<typeof createClipChange>;

/** Adds files to finished clips. A clip that has been removed or has got another file meanwhile stays as it is. */
export function createClipChange({ db, storage, feed }: ClipChangeDependencies) {
  return {
    /**
     * Stores a file and writes its rows in one transaction. When the clip has changed since it was read, nothing is kept.
     */
    async put(
      clip: ReadyClip,
      { path, storageKey, signal }: { path: string; storageKey: StorageKey; signal: AbortSignal },
      write: (tx: Prisma.TransactionClient) => Promise<void>,
    ): Promise<void> {
      try {
        await storage.commit(path, storageKey, { signal });
        await db.$transaction(write);
      } catch (error) {
        // The transaction may have succeeded although its answer was lost, so a file with a row stays.
        if ((await db.file.count({ where: { storageKey } })) === 0)
          // If the storage is unreachable, the object is removed by the next search for strays.
          await storage.remove(storageKey).catch(() => undefined);
        if (error instanceof ClipChangedError) return;
        throw error;
      }
      await feed.announce(clip.id);
    },
  };
}

/**
 * Changes the row of a clip that still has the file that it was read with. It is called in the transaction of `put`.
 * @throws ClipChangedError when the clip has another file, or has been removed
 */
export async function changeClip(
  tx: Prisma.TransactionClient,
  { id, fileId }: ReadyClip,
  data: Prisma.ReplayClipUncheckedUpdateManyInput,
): Promise<void> {
  const { count } = await tx.replayClip.updateMany({
    where: { id, fileId, status: 'READY', removedAt: null },
    data,
  });
  if (count === 0) throw new ClipChangedError();
}

/** The clip was removed or trimmed while a file was made for it. */
class ClipChangedError extends Error {}

/** Returns the columns for a written file's content. */
export function contentColumns({ sizeBytes, checksum }: WrittenFile): {
  sizeBytes: bigint;
  checksum: string;
} {
  return { sizeBytes: BigInt(sizeBytes), checksum };
}

/** The earlier file stays for this long after it was replaced, so that its current viewers can go on. */
const EARLIER_VIDEO_KEPT_MS = 15 * MINUTE;

/**
 * Gives a clip another video, in the transaction of `put`. The earlier one stays for a while, for its current viewers, and no longer
 * counts against the quota.
 * @param change.data what else of the clip changes; its size is that of the files that stay, and of the new video
 * @returns the bytes of the earlier video
 * @throws ClipChangedError
 */
export async function exchangeVideo(
  tx: Prisma.TransactionClient,
  deletions: Pick<Deletions, 'enqueue'>,
  clip: ReadyClip,
  change: {
    video: WrittenFile;
    storageKey: StorageKey;
    data: Pick<Prisma.ReplayClipUncheckedUpdateManyInput, 'audioCodec' | 'tracksFileId' | 'upgradePutOffAt'>;
    /** So many bytes of the clip's other files come, or go. */
    otherBytes?: bigint;
  },
): Promise<number> {
  const { video, storageKey, data, otherBytes = 0n } = change;
  const row = videoRow(clip.id, storageKey);
  const file = await tx.file.create({ data: { ...contentColumns(video), ...row } });
  const sizeBytes = { increment: BigInt(video.sizeBytes) - clip.file.sizeBytes + otherBytes };
  await changeClip(tx, clip, { ...data, fileId: file.id, sizeBytes });
  await dropSmallCopy(tx, deletions, clip.id);
  await tx.file.update({ where: { id: clip.file.id }, data: { filename: row.filename } });
  await deletions.enqueue(tx, [clip.file.storageKey], new Date(Date.now() + EARLIER_VIDEO_KEPT_MS));
  return toSafeNumber(clip.file.sizeBytes);
}
