import type { PrismaClient, ReplayClip } from '@hindsight/db/client';
import { AppError, type AppErrorCode } from '@hindsight/shared/errors';
import { toSafeNumber } from '@hindsight/shared/units';
import type { ClipFeed } from '../clips/clip-feed.ts';
import type { Quota } from '../quota/quota.service.ts';
import type { LocalStorage } from '../storage/local-storage.ts';
import { clipPosterKey, clipVideoKey } from '../storage/storage-key.ts';
import type { WrittenClip, WrittenFile } from './clip-writer.ts';

interface ClipOutcomeDependencies {
  db: PrismaClient;
  storage: Pick<LocalStorage, 'commit' | 'remove'>;
  quota: Quota;
  feed: ClipFeed;
}

export type ClipOutcome = ReturnType<typeof createClipOutcome>;

/** The steps that a PROCESSING clip can take. Each is one transaction that does nothing when the clip has left that state. */
export function createClipOutcome({ db, storage, quota, feed }: ClipOutcomeDependencies) {
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
     * @throws AppError NOT_FOUND when the clip was removed meanwhile, QUOTA_EXCEEDED, DISK_LOW
     */
    async succeed(
      clip: ReplayClip,
      written: WrittenClip,
      range: { fromMs: number; toMs: number },
    ): Promise<void> {
      const videoKey = clipVideoKey(clip);
      const posterKey = clipPosterKey(clip);
      const row = ({ sizeBytes, checksum }: WrittenFile) => ({ sizeBytes: BigInt(sizeBytes), checksum });
      try {
        await storage.commit(written.poster.path, posterKey);
        await storage.commit(written.video.path, videoKey);
        await db.$transaction(async (tx) => {
          const video = await tx.file.create({
            data: {
              ...row(written.video),
              resourceType: 'REPLAY_CLIP',
              filename: `${clip.id}.mp4`,
              mimeType: 'video/mp4',
              storageKey: videoKey,
            },
          });
          const poster = await tx.file.create({
            data: {
              ...row(written.poster),
              resourceType: 'REPLAY_POSTER',
              filename: `${clip.id}.jpg`,
              mimeType: 'image/jpeg',
              storageKey: posterKey,
            },
          });
          const { count } = await tx.replayClip.updateMany({
            where: { id: clip.id, status: 'PROCESSING' },
            data: {
              status: 'READY',
              errorCode: null,
              fromAt: new Date(range.fromMs),
              toAt: new Date(range.toMs),
              durationMs: written.durationMs,
              sizeBytes: BigInt(written.video.sizeBytes),
              reservedBytes: 0n,
              width: written.width,
              height: written.height,
              videoCodec: written.videoCodec,
              audioCodec: written.audioCodec,
              fileId: video.id,
              posterFileId: poster.id,
            },
          });
          if (count === 0) throw new AppError('NOT_FOUND');
          await quota.commit(tx, clip.userId, {
            reservedBytes: toSafeNumber(clip.reservedBytes),
            usedBytes: written.video.sizeBytes,
          });
        });
      } catch (error) {
        // A transaction can succeed and its answer get lost: what a row points to stays.
        const isReady = await db.file.count({ where: { storageKey: videoKey } });
        if (isReady === 0) await Promise.all([storage.remove(videoKey), storage.remove(posterKey)]);
        throw error;
      }
      await feed.announce(clip.id);
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
