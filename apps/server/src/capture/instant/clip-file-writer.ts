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
import type { ClipLoudness } from './clip-loudness.ts';
import type { ClipTracks } from './clip-tracks.ts';
import type { MixedChunks } from './mixed-chunks.ts';
import type { PinnedSegments } from './pinned-segments.ts';
import type { Posters } from '../lifecycle/posters.ts';

/** Nobody waits for a file, so writing is slow enough for recordings, calls and viewers to come first. */
export const MAX_BYTES_PER_SECOND = 128 * MiB;

interface ClipFileWriterDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'makeTempDir' | 'commit' | 'remove'>;
  pinned: Pick<PinnedSegments, 'open' | 'release' | 'clipIds'>;
  mixes: Pick<MixedChunks, 'finish'>;
  loudness: ClipLoudness;
  tracks: ClipTracks;
  posters: Posters;
  feed: Pick<ClipFeed, 'announce'>;
  log: Pick<Log, 'info'>;
}

export type ClipFileWriter = ReturnType<typeof createClipFileWriter>;

/** Writes the files of clips that are served from pinned segments, byte for byte what is served until then. */
export function createClipFileWriter({
  db,
  storage,
  pinned,
  mixes,
  loudness,
  tracks,
  posters,
  feed,
  log,
}: ClipFileWriterDependencies) {
  const writing = new SingleFlight<void>();

  const unwritten = (clipId: string) =>
    db.file.findFirst({
      where: { resourceType: 'REPLAY_CLIP', filename: videoFilename(clipId), checksum: null },
    });

  /** Releases the pinned segments of a clip that is gone or written. */
  async function releaseUnused(clipId: string): Promise<void> {
    // The order matters: a capture is pinned first, and gets its file row in the transaction that ends PROCESSING.
    const beingMade = await db.replayClip.count({ where: { id: clipId, status: 'PROCESSING' } });
    if (beingMade === 0 && (await unwritten(clipId)) === null) await pinned.release(clipId);
  }

  /**
   * Makes the poster when a crash prevented it before. The file still counts as unwritten here, so after another crash
   * this is repeated.
   */
  async function addPoster(clipId: string, path: string, signal: AbortSignal): Promise<void> {
    const clip = await db.replayClip.findFirst({ where: { id: clipId, posterFileId: null } });
    if (clip !== null) await posters.make(clip, async () => path, signal);
  }

  /**
   * Writes a clip's file.
   * @throws AppError DISK_LOW; the clip is then served from its pinned segments until there is space
   */
  async function write(clipId: string, signal: AbortSignal): Promise<void> {
    const file = await unwritten(clipId);
    if (file === null) return releaseUnused(clipId);
    const media = await pinned.open(clipId);
    if (media === null) throw new Error(`the media of clip ${clipId} are gone`);
    const directory = await storage.makeTempDir();
    const startedAt = performance.now();
    try {
      const path = join(directory, 'clip.mp4');
      const checksum = await writeLayout(await mixes.finish(media, signal), path, {
        signal,
        maxBytesPerSecond: MAX_BYTES_PER_SECOND,
      });
      await addPoster(clipId, path, signal);
      await loudness.keep(media, signal);
      const separate = await tracks.write(media, { clipPath: path, directory, signal });
      await storage.commit(path, file.storageKey, { signal });
      const isWritten = await tracks.keep(separate, async (tx) => {
        const { count } = await tx.file.updateMany({ where: { id: file.id }, data: { checksum } });
        return count > 0;
      });
      // The file's row was deleted meanwhile, and nothing else would remove the object.
      if (!isWritten) await storage.remove(file.storageKey);
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
    /** Writes a clip's file, unless it is written. Two calls at the same time share the work. */
    write: (clipId: string, signal: AbortSignal): Promise<void> =>
      writing.run(clipId, () => write(clipId, signal)),

    /** Returns the ids of clips whose files are still to be written, oldest first. */
    async unwrittenIds(): Promise<string[]> {
      const clips = await db.replayClip.findMany({
        where: { file: { checksum: null } },
        orderBy: { pressedAt: 'asc' },
        select: { id: true },
      });
      return clips.map(({ id }) => id);
    },

    releaseUnused,

    /** Releases the pinned segments of clips that were removed before their files were written. */
    async releaseStrays(): Promise<void> {
      for (const clipId of await pinned.clipIds()) await releaseUnused(clipId);
    },
  };
}
