import type { File, PrismaClient, ReplayClip } from '@hindsight/db/client';
import { MIN_CLIP_MS, type ClipDto, type ClipTrimInput } from '@hindsight/shared/clips/clip';
import { titleOfOtherLength } from '@hindsight/shared/clips/default-title';
import { AppError } from '@hindsight/shared/errors';
import { SECOND, toSafeNumber } from '@hindsight/shared/units';
import type { DiskGuard } from '../../storage/disk-guard.ts';
import { CLIP_INCLUDE, type ClipFeed } from '../../clips/clip-feed.ts';
import type { Quota, QuotaTransaction } from '../../quota/quota.service.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import { readStoredTracks } from '../lifecycle/clip-pictures.ts';
import { requireCaptureSlot } from '../lifecycle/running-captures.ts';
import { planTrim, type TrimPlan } from './trim-plan.ts';

interface TrimsDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'read'>;
  disk: Pick<DiskGuard, 'requireSpace'>;
  quota: Quota;
  feed: Pick<ClipFeed, 'announce' | 'toDto'>;
  /** Queues a clip that is to be made. */
  enqueue: (clip: ReplayClip) => Promise<void>;
}

/** These columns make a clip a trim. */
type TrimColumns = Pick<ReplayClip, 'userId' | 'trimOfId' | 'trimFromMs' | 'trimToMs' | 'isReplacement'>;

export type Trims = ReturnType<typeof createTrims>;

/** Returns the clip that a trim is cut from, with its file, or null when it is gone or can't be replaced any more. */
export async function findTrimSource(db: PrismaClient, trim: TrimColumns) {
  if (trim.trimOfId === null) return null;
  return db.replayClip.findFirst({
    where: {
      id: trim.trimOfId,
      userId: trim.userId,
      status: 'READY',
      // A removed clip is kept while another one is cut from it.
      ...(trim.isReplacement ? { removedAt: null } : {}),
      fileId: { not: null },
    },
    include: { file: true, tracksFile: true, markers: true },
  });
}

/** Accepts trims. A trim has a row like a capture that is being made, but its media comes from another clip. */
export function createTrims({ db, storage, disk, quota, feed, enqueue }: TrimsDependencies) {
  async function plan(
    { file, tracksFile }: { file: File | null; tracksFile: File | null },
    fromMs: number,
    toMs: number,
  ): Promise<TrimPlan | null> {
    const movie = await readStoredTracks(storage, file?.storageKey ?? '');
    const trim = planTrim(movie, { fromSeconds: fromMs / SECOND, toSeconds: toMs / SECOND });
    const tracksBytes = tracksFile === null ? 0 : toSafeNumber(tracksFile.sizeBytes);
    return trim === null ? null : { ...trim, maxBytes: trim.maxBytes + tracksBytes };
  }

  /** Returns the bytes to reserve. A replacement also takes over the bytes of the clip that it replaces. */
  function bytesToReserve({ maxBytes }: TrimPlan, sourceBytes: bigint, isReplacement: boolean): number {
    return isReplacement ? Math.max(0, maxBytes - toSafeNumber(sourceBytes)) : maxBytes;
  }

  return {
    /**
     * Accepts a trim. Answers when the trim is certain to be made.
     * @throws AppError NOT_FOUND, CLIP_NOT_READY, VALIDATION_FAILED, DISK_LOW, QUOTA_EXCEEDED, TOO_MANY_CAPTURES
     */
    async accept(userId: string, input: ClipTrimInput): Promise<ClipDto> {
      const { clipId, fromMs, title } = input;
      const isReplacement = input.mode === 'replace';
      const source = await db.replayClip.findFirst({
        where: { id: clipId, userId, removedAt: null },
        include: { file: true, tracksFile: true },
      });
      if (source === null) throw new AppError('NOT_FOUND');
      if (source.status !== 'READY') throw new AppError('CLIP_NOT_READY');
      const toMs = Math.min(input.toMs, source.durationMs);
      const trim = toMs - fromMs < MIN_CLIP_MS ? null : await plan(source, fromMs, toMs);
      if (trim === null)
        throw new AppError('VALIDATION_FAILED', { detail: 'The range is not inside the clip.' });
      await disk.requireSpace(trim.maxBytes);
      const reservedBytes = bytesToReserve(trim, source.sizeBytes, isReplacement);

      const row = await db.$transaction(async (tx) => {
        await quota.reserve(tx, userId, reservedBytes);
        await requireNoOtherTrim(tx, source.id, isReplacement);
        if (isReplacement && title !== undefined)
          await tx.replayClip.updateMany({ where: { id: source.id }, data: { title } });
        const created = await tx.replayClip.create({
          data: {
            userId,
            communityId: source.communityId,
            channelId: source.channelId,
            roomName: source.roomName,
            title: title ?? titleOfOtherLength(source, toMs - fromMs),
            // The clip may leave out gaps somewhere in its range. Without gaps these times are exact.
            fromAt: new Date(source.fromAt.getTime() + fromMs),
            toAt: new Date(source.toAt.getTime() - (source.durationMs - toMs)),
            durationMs: toMs - fromMs,
            reservedBytes: BigInt(reservedBytes),
            trimOfId: source.id,
            trimFromMs: fromMs,
            trimToMs: toMs,
            isReplacement,
          },
          include: CLIP_INCLUDE,
        });
        await requireCaptureSlot(tx, userId);
        return created;
      });
      await enqueue(row);
      await feed.announce(row.id);
      if (isReplacement && title !== undefined) await feed.announce(source.id);
      return feed.toDto(row);
    },

    /** Returns the bytes that a failed trim would need now, or null when its source is gone. */
    async remakeBytes(clip: TrimColumns): Promise<number | null> {
      const source = await findTrimSource(db, clip);
      if (source === null) return null;
      const trim = await plan(source, clip.trimFromMs ?? 0, clip.trimToMs ?? 0);
      return trim === null ? null : bytesToReserve(trim, source.sizeBytes, clip.isReplacement);
    },

    requireNoOtherTrim,
  };
}

/**
 * Checks that a clip isn't replaced while something is cut from it, and that nothing is cut from it while it is replaced:
 * the times of the second trim would be those of another clip. It is called when the user's quota is locked.
 * @throws AppError CLIP_NOT_READY
 */
async function requireNoOtherTrim(
  tx: QuotaTransaction,
  sourceId: string | null,
  isReplacement: boolean,
): Promise<void> {
  if (sourceId === null) return;
  const others = await tx.replayClip.count({
    where: {
      trimOfId: sourceId,
      status: 'PROCESSING',
      ...(isReplacement ? {} : { isReplacement: true }),
    },
  });
  if (others > 0) throw new AppError('CLIP_NOT_READY', { detail: 'It is being trimmed.' });
}
