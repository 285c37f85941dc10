import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import { MINUTE } from '@hindsight/shared/units';
import type { ClipFeed } from '../../clips/clip-feed.ts';
import type { Log } from '../../log.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import { clipPosterKey } from '../../storage/storage-key.ts';
import { sha256SmallFile } from './checksum.ts';
import { describeFile } from './clip-check.ts';
import type { Ffmpeg } from '../../ffmpeg/ffmpeg.ts';
import { posterCommand } from '../../ffmpeg/still-args.ts';
import { posterRow } from './file-rows.ts';

const TIMEOUT_MS = MINUTE;

interface PostersDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'makeTempDir' | 'commit' | 'remove'>;
  ffmpeg: Ffmpeg;
  feed: Pick<ClipFeed, 'announce'>;
  log: Pick<Log, 'warn'>;
}

export type Posters = ReturnType<typeof createPosters>;

/** Makes the posters of clips that are READY before their files are written. */
export function createPosters({ db, storage, ffmpeg, feed, log }: PostersDependencies) {
  async function add(clip: { id: string; userId: string }, path: string): Promise<void> {
    const poster = await describeFile(path, await sha256SmallFile(path));
    const storageKey = clipPosterKey(clip);
    await storage.commit(path, storageKey);
    const isAdded = await db.$transaction(async (tx) => {
      const withoutPoster = { id: clip.id, posterFileId: null, status: 'READY' } as const;
      if ((await tx.replayClip.count({ where: withoutPoster })) === 0) return false;
      const file = await tx.file.create({
        data: {
          sizeBytes: BigInt(poster.sizeBytes),
          checksum: poster.checksum,
          ...posterRow(clip.id, storageKey),
        },
      });
      await tx.replayClip.updateMany({ where: withoutPoster, data: { posterFileId: file.id } });
      return true;
    });
    if (isAdded) await feed.announce(clip.id);
    else if ((await db.file.count({ where: { storageKey } })) === 0) await storage.remove(storageKey);
  }

  return {
    /**
     * Makes a clip's poster, unless it has one. Errors are only logged, because the clip plays without a poster.
     * @param findMedia returns the path of an MP4 of the clip, or of one keyframe of it, and may write it into the given
     * directory
     */
    async make(
      clip: { id: string; userId: string },
      findMedia: (directory: string) => Promise<string>,
      signal: AbortSignal,
    ): Promise<void> {
      const directory = await storage.makeTempDir();
      try {
        const still = join(directory, 'poster.jpg');
        const command = posterCommand(await findMedia(directory), still);
        await ffmpeg.run(command, { timeoutMs: TIMEOUT_MS, signal });
        await add(clip, still);
      } catch (error) {
        if (!signal.aborted) log.warn({ clipId: clip.id, err: error }, 'a clip has no poster');
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}
