import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import { isDiskFull } from '@hindsight/shared/error-code';
import { AppError } from '@hindsight/shared/errors';
import { MiB } from '@hindsight/shared/units';
import { videoFilename } from '../../clips/clip-files.ts';
import type { ClipFeed } from '../../clips/clip-feed.ts';
import type { Log } from '../../log.ts';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';
import { SingleFlight } from '../../single-flight.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import type { PinnedSegments } from './pinned-segments.ts';
import type { Posters } from '../lifecycle/posters.ts';

/** Nobody waits for a file: recordings, calls and people who watch come first. */
export const MAX_BYTES_PER_SECOND = 128 * MiB;

interface ClipFileWriterDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'makeTempDir' | 'commit' | 'remove'>;
  pinned: Pick<PinnedSegments, 'open' | 'release' | 'clipIds'>;
  posters: Posters;
  feed: Pick<ClipFeed, 'announce'>;
  log: Pick<Log, 'info'>;
}

export type ClipFileWriter = ReturnType<typeof createClipFileWriter>;

/** Writes the files of clips that are watched from held media, byte for byte what is served until then. */
export function createClipFileWriter({
  db,
  storage,
  pinned,
  posters,
  feed,
  log,
}: ClipFileWriterDependencies) {
  const writing = new SingleFlight<void>();

  const unwritten = (clipId: string) =>
    db.file.findFirst({
      where: { resourceType: 'REPLAY_CLIP', filename: videoFilename(clipId), checksum: null },
    });

  /** Lets go of what is held of a clip that is gone, or written. */
  async function releaseUnused(clipId: string): Promise<void> {
    // In this order: a capture is held first, and gets its file as it stops being PROCESSING.
    const isComing = await db.replayClip.count({ where: { id: clipId, status: 'PROCESSING' } });
    if (isComing === 0 && (await unwritten(clipId)) === null) await pinned.release(clipId);
  }

  /** A crash came before the poster. Made while the file counts as unwritten: another crash only puts it off. */
  async function addPoster(clipId: string, path: string, signal: AbortSignal): Promise<void> {
    const clip = await db.replayClip.findFirst({ where: { id: clipId, posterFileId: null } });
    if (clip !== null) await posters.make(clip, async () => path, signal);
  }

  /** @throws AppError DISK_LOW; the clip is watched from what is held, until there is room */
  async function write(clipId: string, signal: AbortSignal): Promise<void> {
    const file = await unwritten(clipId);
    if (file === null) return releaseUnused(clipId);
    const media = await pinned.open(clipId);
    if (media === null) throw new Error(`the media of clip ${clipId} are gone`);
    const directory = await storage.makeTempDir();
    const startedAt = performance.now();
    try {
      const path = join(directory, 'clip.mp4');
      const checksum = await writeLayout(media, path, {
        signal,
        maxBytesPerSecond: MAX_BYTES_PER_SECOND,
      });
      await addPoster(clipId, path, signal);
      await storage.commit(path, file.storageKey, { signal });
      const { count } = await db.file.updateMany({ where: { id: file.id }, data: { checksum } });
      // Its row went meanwhile, and with it whatever would have removed the file.
      if (count === 0) await storage.remove(file.storageKey);
    } catch (error) {
      throw isDiskFull(error) ? new AppError('DISK_LOW', { cause: error }) : error;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
    await pinned.release(clipId);
    log.info({ clipId, durationMs: Math.round(performance.now() - startedAt) }, 'clip written');
    await feed.announce(clipId);
  }

  return {
    /** Writes a clip's file, unless it is written. Two calls at once are one. */
    write: (clipId: string, signal: AbortSignal): Promise<void> =>
      writing.run(clipId, () => write(clipId, signal)),

    /** Clips whose files are still to be written, oldest first. */
    async unwrittenIds(): Promise<string[]> {
      const clips = await db.replayClip.findMany({
        where: { file: { checksum: null } },
        orderBy: { pressedAt: 'asc' },
        select: { id: true },
      });
      return clips.map(({ id }) => id);
    },

    releaseUnused,

    /** Lets go of what was held for clips that went before their files were written. */
    async releaseStrays(): Promise<void> {
      for (const clipId of await pinned.clipIds()) await releaseUnused(clipId);
    },
  };
}
