import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import { readMovieTracks } from '@hindsight/mp4/tables/movie-tracks';
import type { PosterInput } from '@hindsight/shared/clips/export';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { createSimultaneousLimit } from '../access/simultaneous-limit.ts';
import { sha256SmallFile } from '../capture/lifecycle/checksum.ts';
import { describeFile } from '../capture/lifecycle/clip-check.ts';
import { posterRow } from '../capture/lifecycle/file-rows.ts';
import {
  changeClip,
  contentColumns,
  createClipChange,
  type ReadyClip,
} from '../capture/post-process/clip-change.ts';
import type { ClipFeed } from '../clips/clip-feed.ts';
import type { Ffmpeg } from '../ffmpeg/ffmpeg.ts';
import { posterAtCommand } from '../ffmpeg/still-args.ts';
import type { Deletions } from '../storage/deletions.ts';
import { clipChosenPosterKey } from '../storage/storage-key.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import { shownSince } from './make/shown-since.ts';
import { ownReadyClip } from './own-clip.ts';

const TIMEOUT_MS = MINUTE;

interface ChosenPostersDependencies {
  db: PrismaClient;
  storage: ObjectStorage;
  ffmpeg: Pick<Ffmpeg, 'run'>;
  /** Resolves when the file of a clip is written. */
  requireFile: (clipId: string, signal: AbortSignal) => Promise<void>;
  feed: Pick<ClipFeed, 'announce'>;
  deletions: Pick<Deletions, 'enqueue'>;
}

export type ChosenPosters = ReturnType<typeof createChosenPosters>;

/** Gives clips the posters that their owners have chosen. */
export function createChosenPosters({
  db,
  storage,
  ffmpeg,
  requireFile,
  feed,
  deletions,
}: ChosenPostersDependencies) {
  const clipChange = createClipChange({ db, storage, feed });
  // A person needs one at a time.
  const limit = createSimultaneousLimit({ max: 1, code: 'TOO_MANY_EXPORTS' });

  async function replace(clip: ReadyClip, path: string, signal: AbortSignal): Promise<void> {
    const poster = await describeFile(path, await sha256SmallFile(path));
    const storageKey = clipChosenPosterKey(clip);
    await clipChange.put(clip, { path, storageKey, signal }, async (tx) => {
      const row = posterRow(clip.id, storageKey);
      const { id: posterFileId } = await tx.file.create({ data: { ...contentColumns(poster), ...row } });
      await changeClip(tx, clip, { posterFileId });
      const earlier = await tx.file.findFirst({ where: { id: clip.posterFileId ?? posterFileId } });
      if (earlier === null || earlier.id === posterFileId) return;
      await deletions.enqueue(tx, [earlier.storageKey]);
      await tx.file.delete({ where: { id: earlier.id } });
    });
  }

  return {
    /**
     * Makes the picture that is on screen at a time the poster of a user's own clip. It changes nothing when the clip has
     * changed meanwhile.
     * @throws AppError NOT_FOUND, CLIP_NOT_READY, VALIDATION_FAILED, TOO_MANY_EXPORTS, and those of ffmpeg and the storage
     */
    async choose(userId: string, { clipId, atMs }: PosterInput): Promise<void> {
      const { durationMs } = await ownReadyClip(db, userId, clipId);
      if (atMs > durationMs)
        throw new AppError('VALIDATION_FAILED', { detail: 'The clip is shorter than that.' });
      const leave = limit.enter(userId);
      const directory = await storage.makeTempDir();
      try {
        const signal = AbortSignal.timeout(2 * TIMEOUT_MS);
        await requireFile(clipId, signal);
        const clip = await ownReadyClip(db, userId, clipId);
        const source = await storage.localCopy(clip.file.storageKey, directory, signal);
        const path = join(directory, 'poster.jpg');
        const shownAtSeconds = shownSince(await readMovieTracks(source), atMs / SECOND);
        const run = { timeoutMs: TIMEOUT_MS, signal };
        await ffmpeg.run(posterAtCommand(source, shownAtSeconds, path), run);
        await replace(clip, path, signal);
      } finally {
        leave();
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}
