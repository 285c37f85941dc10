import { join } from 'node:path';
import type { Prisma, PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { Log } from '../../log.ts';
import type { Quota } from '../../quota/quota.service.ts';
import { clipTracksKey, type StorageKey } from '../../storage/storage-key.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import type { WrittenFile } from '../lifecycle/clip-check.ts';
import { tracksRow } from '../lifecycle/file-rows.ts';
import type { MixThreads } from '../mix/mix-threads.ts';
import type { PinnedClip } from './pinned-segments.ts';

interface ClipTracksDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'commit' | 'remove'>;
  quota: Pick<Quota, 'exchange'>;
  thread: Pick<MixThreads, 'separate'>;
  log: Pick<Log, 'warn'>;
}

/** The separate tracks of a clip are in the storage, and have no row yet. */
interface StoredTracks extends WrittenFile {
  clip: { id: string; userId: string };
  storageKey: StorageKey;
}

export type ClipTracks = ReturnType<typeof createClipTracks>;

/** Keeps with a clip what its sound was mixed of. */
export function createClipTracks({ db, storage, quota, thread, log }: ClipTracksDependencies) {
  /** @throws AppError QUOTA_EXCEEDED */
  async function addRow(tx: Prisma.TransactionClient, { clip, storageKey, ...file }: StoredTracks) {
    const { sizeBytes, checksum } = file;
    const row = await tx.file.create({
      data: { sizeBytes: BigInt(sizeBytes), checksum, ...tracksRow(clip.id, storageKey) },
    });
    const data = { tracksFileId: row.id, sizeBytes: { increment: BigInt(sizeBytes) } };
    const { count } = await tx.replayClip.updateMany({ where: { id: clip.id, removedAt: null }, data });
    if (count > 0) await quota.exchange(tx, clip.userId, { freedBytes: 0, usedBytes: sizeBytes });
    // A deleted clip takes no quota. If the deletion is undone, it takes as much as it has by then.
    else await tx.replayClip.updateMany({ where: { id: clip.id, removedAt: { not: null } }, data });
  }

  return {
    /**
     * Stores the separate tracks of a pinned clip with mixed sound. Returns null when there are none, or they can't be made.
     * @param options.clipPath the clip's written file
     * @throws the file system's errors, and those of the storage
     */
    async write(
      { clipId, recipe }: PinnedClip,
      { clipPath, directory, signal }: { clipPath: string; directory: string; signal: AbortSignal },
    ): Promise<StoredTracks | null> {
      if (recipe === null) return null;
      const clip = await db.replayClip.findUnique({
        where: { id: clipId },
        select: { id: true, userId: true, fromAt: true },
      });
      if (clip === null) return null;
      const path = join(directory, 'tracks.mp4');
      const recordedAtMs = clip.fromAt.getTime();
      const written = await thread.separate({ recipe, clipPath, outputPath: path, recordedAtMs });
      if (written === null) return null;
      const storageKey = clipTracksKey(clip);
      await storage.commit(path, storageKey, { signal });
      return { clip, storageKey, path, ...written };
    },

    /**
     * Writes the rows of separate tracks in the transaction that notes that their clip is written. Where the quota has no room
     * for them, the clip does without.
     * @param writeClip returns false when the clip is gone
     * @returns the same
     */
    async keep(
      tracks: StoredTracks | null,
      writeClip: (tx: Prisma.TransactionClient) => Promise<boolean>,
    ): Promise<boolean> {
      if (tracks === null) return db.$transaction(writeClip);
      const { storageKey, clip } = tracks;
      try {
        const isWritten = await db.$transaction(async (tx) => {
          if (!(await writeClip(tx))) return false;
          await addRow(tx, tracks);
          return true;
        });
        if (!isWritten) await storage.remove(storageKey);
        return isWritten;
      } catch (error) {
        // The transaction may have succeeded although its answer was lost, so a file with a row stays.
        if ((await db.file.count({ where: { storageKey } })) === 0)
          // If the storage is unreachable, the object is removed by the next search for strays.
          await storage.remove(storageKey).catch(() => undefined);
        if (!(error instanceof AppError && error.code === 'QUOTA_EXCEEDED')) throw error;
        log.warn({ clipId: clip.id }, 'the quota has no room for the separate tracks of a clip');
        return db.$transaction(writeClip);
      }
    },
  };
}
