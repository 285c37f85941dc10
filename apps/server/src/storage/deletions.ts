import type { Prisma, PrismaClient } from '@hindsight/db/client';
import type { StorageKey } from './storage-key.ts';
import type { ObjectStorage } from './storage.port.ts';

export type Deletions = ReturnType<typeof createDeletions>;

const BATCH = 100;

/**
 * Deletes objects after their rows. A key is entered in the transaction that deletes its row, and the object is deleted
 * later, with retries until it succeeds, also after a restart.
 */
export function createDeletions({
  db,
  storage,
}: {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'remove'>;
}) {
  return {
    /**
     * Enters keys in the queue.
     * @param dueAt the objects are not deleted before this time
     */
    async enqueue(
      tx: Prisma.TransactionClient,
      keys: readonly StorageKey[],
      dueAt: Date = new Date(),
    ): Promise<void> {
      await tx.storageDeletion.createMany({
        data: keys.map((storageKey) => ({ storageKey, dueAt })),
        skipDuplicates: true,
      });
    },

    /** Works through the queue once. An object that can't be deleted stays in the queue and doesn't block the others. */
    async run(signal: AbortSignal): Promise<void> {
      let after = '';
      while (!signal.aborted) {
        const batch = await db.storageDeletion.findMany({
          where: { storageKey: { gt: after }, dueAt: { lte: new Date() } },
          orderBy: { storageKey: 'asc' },
          take: BATCH,
        });
        for (const { id, storageKey } of batch) {
          try {
            await storage.remove(storageKey);
            await db.$transaction([
              // A file that was kept for its current viewers still has a row, which is deleted with the object.
              db.file.deleteMany({ where: { storageKey } }),
              db.storageDeletion.deleteMany({ where: { id } }),
            ]);
          } catch {
            await db.storageDeletion.updateMany({ where: { id }, data: { attempts: { increment: 1 } } });
          }
        }
        const last = batch.at(-1);
        if (last === undefined || batch.length < BATCH) return;
        after = last.storageKey;
      }
    },
  };
}
