import type { ClipExport, Prisma, PrismaClient } from '@hindsight/db/client';
import { EXPORT_KEPT_MS, type ExportPlan } from '@hindsight/shared/clips/export';
import { AppError, type AppErrorCode } from '@hindsight/shared/errors';
import { toSafeNumber } from '@hindsight/shared/units';
import type { WrittenFile } from '../capture/lifecycle/clip-check.ts';
import { claimForServer } from '../cluster/claims.ts';
import type { Quota } from '../quota/quota.service.ts';
import { clipExportKey } from '../storage/storage-key.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import type { ExportFeed } from './export-feed.ts';
import { mimeTypeOf } from './file-types.ts';

interface ExportOutcomeDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'commit' | 'remove'>;
  quota: Pick<Quota, 'commit' | 'release' | 'lock'>;
  feed: Pick<ExportFeed, 'changed'>;
  /** The id is that of this server. */
  serverId: string;
}

export type ExportOutcome = ReturnType<typeof createExportOutcome>;

/** Why an export ends without a file, with more about it for people to read. */
export interface ExportFailure {
  code: AppErrorCode;
  detail?: string | undefined;
}

/**
 * Changes the state of exports that are being made. A server claims the export that it makes. Each further change is one
 * transaction, which does nothing when the export was cancelled, or when another server has claimed it.
 */
export function createExportOutcome({ db, storage, quota, feed, serverId }: ExportOutcomeDependencies) {
  const claimed = (id: string) => ({ id, status: 'PROCESSING', makerId: serverId }) as const;

  /** Ends exports as FAILED and releases their reservations. */
  async function failWhere(
    where: Prisma.ClipExportWhereInput,
    userId: string,
    { code, detail }: ExportFailure,
  ): Promise<void> {
    const failed = await db.$transaction(async (tx) => {
      // Whoever changes reservations holds the quota first, so that two changes can't wait for each other.
      await quota.lock(tx, userId);
      const rows = await tx.clipExport.findMany({ where: { ...where, userId, status: 'PROCESSING' } });
      await tx.clipExport.updateMany({
        where: { id: { in: rows.map(({ id }) => id) } },
        data: {
          ...{ status: 'FAILED', errorCode: code, errorDetail: detail ?? null },
          ...{ makerId: null, reservedBytes: 0n, endsAt: new Date(Date.now() + EXPORT_KEPT_MS) },
        },
      });
      for (const { reservedBytes } of rows) await quota.release(tx, userId, toSafeNumber(reservedBytes));
      return rows;
    });
    for (const row of failed) feed.changed(row);
  }

  return {
    /** Claims an export for this server. Returns null when it isn't to be made, or a live server has claimed it. */
    async claim(id: string): Promise<ClipExport | null> {
      const isMine = await claimForServer(db, 'ClipExport', { id, serverId });
      return isMine ? db.clipExport.findFirst({ where: claimed(id) }) : null;
    },

    /** Gives up an export that this server can't finish, so that others may claim it at once. */
    async giveUp(id: string): Promise<void> {
      await db.clipExport.updateMany({ where: claimed(id), data: { makerId: null } });
    },

    /** Counts a failed attempt. @returns the number of failed attempts so far */
    async countFailure({ id, attempts }: ClipExport): Promise<number> {
      await db.clipExport.updateMany({ where: claimed(id), data: { attempts: attempts + 1 } });
      return attempts + 1;
    },

    /**
     * Stores a finished file and makes its export READY. The file comes first and the rows last; when the rows can't be
     * written, the file is deleted again.
     * @throws AppError NOT_FOUND when it was cancelled; CLIP_DELETED, CLIP_TRIMMED; QUOTA_EXCEEDED, DISK_LOW,
     *   STORAGE_UNAVAILABLE
     */
    async succeed(row: ClipExport, file: WrittenFile, { extension, signal }: Stored): Promise<void> {
      const storageKey = clipExportKey(row, extension);
      try {
        await storage.commit(file.path, storageKey, { signal });
        await db.$transaction(async (tx) => {
          await quota.lock(tx, row.userId);
          await requireSameClip(tx, row);
          const { id: fileId } = await tx.file.create({
            data: {
              resourceType: 'REPLAY_EXPORT',
              filename: `${row.id}.${extension}`,
              mimeType: mimeTypeOf(extension),
              ...{ storageKey, sizeBytes: BigInt(file.sizeBytes), checksum: file.checksum },
            },
          });
          const { count } = await tx.clipExport.updateMany({
            where: claimed(row.id),
            data: {
              ...{ status: 'READY', fileId, sizeBytes: BigInt(file.sizeBytes) },
              ...{ makerId: null, reservedBytes: 0n, errorCode: null, errorDetail: null },
              endsAt: new Date(Date.now() + EXPORT_KEPT_MS),
            },
          });
          if (count === 0) throw new AppError('NOT_FOUND');
          await quota.commit(tx, row.userId, {
            reservedBytes: toSafeNumber(row.reservedBytes),
            usedBytes: file.sizeBytes,
          });
        });
      } catch (error) {
        // The transaction may have succeeded although its answer was lost, so a file with a row stays.
        if ((await db.file.count({ where: { storageKey } })) === 0)
          // If the storage is unreachable, the object is removed by the next search for strays.
          await storage.remove(storageKey).catch(() => undefined);
        throw error;
      }
      feed.changed(row);
    },

    fail: (row: ClipExport, failure: ExportFailure) => failWhere(claimed(row.id), row.userId, failure),

    /** Ends all unfinished exports of a clip. */
    failClip: (userId: string, clipId: string, failure: ExportFailure) =>
      failWhere({ clipId }, userId, failure),
  };
}

interface Stored {
  extension: ExportPlan['extension'];
  signal: AbortSignal;
}

/**
 * Checks that a clip is still what was to be exported.
 * @throws AppError CLIP_DELETED, CLIP_TRIMMED, VOICE_TAKEN_OUT
 */
export async function requireSameClip(
  db: Pick<Prisma.TransactionClient, 'replayClip'>,
  {
    clipId,
    clipFromAt,
    clipToAt,
    createdAt,
  }: Pick<ClipExport, 'clipId' | 'clipFromAt' | 'clipToAt' | 'createdAt'>,
) {
  const clip =
    clipId === null
      ? null
      : await db.replayClip.findFirst({
          where: { id: clipId, removedAt: null, status: 'READY' },
          include: {
            file: true,
            tracksFile: true,
            voices: { where: { takenOutAt: { gte: createdAt } }, take: 1 },
          },
        });
  if (clip?.file == null) throw new AppError('CLIP_DELETED');
  if (clip.fromAt.getTime() !== clipFromAt.getTime() || clip.toAt.getTime() !== clipToAt.getTime())
    throw new AppError('CLIP_TRIMMED');
  if (clip.voices.length > 0) throw new AppError('VOICE_TAKEN_OUT');
  return { ...clip, file: clip.file };
}
