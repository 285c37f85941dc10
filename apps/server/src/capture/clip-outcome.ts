import type { Prisma, PrismaClient, ReplayClip } from '@hindsight/db/client';
import { AppError, type AppErrorCode } from '@hindsight/shared/errors';
import { toSafeNumber } from '@hindsight/shared/units';
import type { ClipFeed } from '../clips/clip-feed.ts';
import { videoFilename } from '../clips/clip-files.ts';
import type { Quota } from '../quota/quota.service.ts';
import type { Deletions } from '../storage/deletions.ts';
import { clipPosterKey, clipVideoKey, type StorageKey } from '../storage/storage-key.ts';
import type { CommitOptions, ObjectStorage } from '../storage/storage.port.ts';
import type { WrittenFile } from './clip-check.ts';
import type { MadeClip } from './clip-maker.ts';
import { replaceClip } from './clip-replacement.ts';

interface ClipOutcomeDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'commit' | 'remove'>;
  quota: Quota;
  deletions: Pick<Deletions, 'enqueue'>;
  feed: ClipFeed;
}

export type ClipOutcome = ReturnType<typeof createClipOutcome>;

/** The steps that a PROCESSING clip can take. Each is one transaction that does nothing when the clip has left that state. */
export function createClipOutcome({ db, storage, quota, deletions, feed }: ClipOutcomeDependencies) {
  /** The rows of a finished clip: its own, or those of the clip whose place it takes. */
  async function writeRows(
    tx: Prisma.TransactionClient,
    clip: ReplayClip,
    made: MadeClip,
    ready: Prisma.ReplayClipUncheckedUpdateManyInput,
  ): Promise<void> {
    if (clip.isReplacement) {
      await replaceClip(tx, { quota, deletions }, clip, ready);
    } else {
      const { count } = await tx.replayClip.updateMany({
        where: { id: clip.id, status: 'PROCESSING' },
        data: { ...ready, status: 'READY', errorCode: null, reservedBytes: 0n },
      });
      if (count === 0) throw new AppError('NOT_FOUND');
    }
    const clipId = endsAs(clip);
    await tx.clipMarker.createMany({ data: made.markers.map((marker) => ({ ...marker, clipId })) });
    await quota.commit(tx, clip.userId, {
      reservedBytes: toSafeNumber(clip.reservedBytes),
      usedBytes: made.written.video.sizeBytes,
    });
  }

  return {
    /** Null when the clip is no longer PROCESSING. */
    async find(clipId: string): Promise<ReplayClip | null> {
      return db.replayClip.findFirst({ where: { id: clipId, status: 'PROCESSING' } });
    },

    /**
     * Counts a try that failed; one that the end of the server cut short is none of the clip's own.
     * @returns the failed tries so far
     */
    async countFailure(clip: ReplayClip): Promise<number> {
      const attempts = clip.attempts + 1;
      await db.replayClip.updateMany({ where: { id: clip.id, status: 'PROCESSING' }, data: { attempts } });
      return attempts;
    },

    /**
     * Puts a written clip in its place and makes it READY. The files come first and the rows last, so that no row ever
     * points nowhere; when the rows can't be written, the files go again.
     * @throws AppError NOT_FOUND when the clip was removed meanwhile, QUOTA_EXCEEDED, DISK_LOW, STORAGE_UNAVAILABLE
     */
    async succeed(clip: ReplayClip, made: MadeClip, options: CommitOptions = {}): Promise<void> {
      const { written, range } = made;
      const videoKey = clipVideoKey(clip);
      const posterKey = clipPosterKey(clip);
      const finalId = endsAs(clip);
      const row = ({ sizeBytes, checksum }: WrittenFile) => ({ sizeBytes: BigInt(sizeBytes), checksum });
      try {
        await storage.commit(written.poster.path, posterKey, { ...options, onProgress: () => undefined });
        await storage.commit(written.video.path, videoKey, options);
        await db.$transaction(async (tx) => {
          const video = await tx.file.create({
            data: {
              ...row(written.video),
              resourceType: 'REPLAY_CLIP',
              filename: videoFilename(finalId),
              mimeType: 'video/mp4',
              storageKey: videoKey,
            },
          });
          const poster = await tx.file.create({
            data: {
              ...row(written.poster),
              resourceType: 'REPLAY_POSTER',
              filename: `${finalId}.jpg`,
              mimeType: 'image/jpeg',
              storageKey: posterKey,
            },
          });
          await writeRows(tx, clip, made, {
            fromAt: new Date(range.fromMs),
            toAt: new Date(range.toMs),
            durationMs: written.durationMs,
            sizeBytes: BigInt(written.video.sizeBytes),
            width: written.width,
            height: written.height,
            videoCodec: written.videoCodec,
            audioCodec: written.audioCodec,
            fileId: video.id,
            posterFileId: poster.id,
          });
        });
      } catch (error) {
        // A transaction can succeed and its answer get lost: what a row points to stays.
        const isReady = await db.file.count({ where: { storageKey: videoKey } });
        if (isReady === 0) await removeAll(storage, [videoKey, posterKey]);
        throw error;
      }
      await feed.announce(finalId);
      if (finalId !== clip.id) feed.announceRemoved(clip.userId, clip.id);
    },

    /** Ends a clip as FAILED and gives its reservation back. */
    async fail(clip: ReplayClip, errorCode: AppErrorCode): Promise<void> {
      await db.$transaction(async (tx) => {
        const { count } = await tx.replayClip.updateMany({
          where: { id: clip.id, status: 'PROCESSING' },
          data: { status: 'FAILED', errorCode, reservedBytes: 0n },
        });
        if (count > 0) await quota.release(tx, clip.userId, toSafeNumber(clip.reservedBytes));
      });
      await feed.announce(clip.id);
    },
  };
}

/** The clip that it is when it is finished. */
function endsAs({ id, isReplacement, trimOfId }: ReplayClip): string {
  return isReplacement && trimOfId !== null ? trimOfId : id;
}

/** What stays because the storage is away goes with the next search for strays. */
async function removeAll(storage: Pick<ObjectStorage, 'remove'>, keys: readonly StorageKey[]): Promise<void> {
  await Promise.allSettled(keys.map((key) => storage.remove(key)));
}
