import { rm } from 'node:fs/promises';
import type { Prisma, PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { ClipFeed } from '../../clips/clip-feed.ts';
import type { ExactStarts } from '../exact/exact-starts.ts';
import type { Ffmpeg } from '../../ffmpeg/ffmpeg.ts';
import type { Log } from '../../log.ts';
import type { Quota } from '../../quota/quota.service.ts';
import type { Deletions } from '../../storage/deletions.ts';
import type { DiskGuard } from '../../storage/disk-guard.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import { createAddSprite } from './add-sprite.ts';
import { createClipChange, type ReadyClip, type StepContext } from './clip-change.ts';
import { createUpgradeVideo } from './upgrade-video.ts';

interface PostProcessDependencies {
  db: PrismaClient;
  storage: ObjectStorage;
  disk: Pick<DiskGuard, 'requireSpace'>;
  ffmpeg: Ffmpeg;
  quota: Quota;
  deletions: Pick<Deletions, 'enqueue'>;
  feed: Pick<ClipFeed, 'announce'>;
  exactStarts: Pick<ExactStarts, 'headFile'>;
  log: Pick<Log, 'info'>;
}

/** Only clips whose file is written are processed. Before that there is nothing that ffmpeg could read. */
const POST_PROCESSABLE = {
  status: 'READY',
  removedAt: null,
  file: { checksum: { not: null } },
} satisfies Prisma.ReplayClipWhereInput;

export type PostProcess = ReturnType<typeof createPostProcess>;

/** Runs post-processing on READY clips in the background: it makes the sprite, and a file that plays in every player. */
export function createPostProcess({
  db,
  storage,
  disk,
  ffmpeg,
  quota,
  deletions,
  feed,
  exactStarts,
  log,
}: PostProcessDependencies) {
  const clipChange = createClipChange({ db, storage, feed });
  const addSprite = createAddSprite({ ffmpeg, clipChange });
  const upgradeVideo = createUpgradeVideo({ disk, ffmpeg, quota, deletions, exactStarts, clipChange });

  async function find(clipId: string): Promise<ReadyClip | null> {
    const clip = await db.replayClip.findFirst({
      where: { id: clipId, ...POST_PROCESSABLE },
      include: { file: true },
    });
    return clip?.file == null ? null : { ...clip, file: clip.file };
  }

  async function timed(
    step: (clip: ReadyClip, context: StepContext) => Promise<void>,
    clip: ReadyClip,
    context: StepContext,
  ): Promise<void> {
    const startedAt = performance.now();
    await step(clip, context);
    const durationMs = Math.round(performance.now() - startedAt);
    log.info({ clipId: clip.id, durationMs, step: step.name }, 'clip post-processed');
  }

  /** Notes since when there is no room for a clip's upgrade, or that it isn't put off. A trim that took the clip's place begins anew. */
  const noteUpgrade = ({ id, fileId }: ReadyClip, upgradePutOffAt: Date | null) =>
    db.replayClip.updateMany({ where: { id, fileId }, data: { upgradePutOffAt } });

  async function upgradeIfThereIsRoom(clip: ReadyClip, context: StepContext): Promise<void> {
    try {
      await timed(upgradeVideo, clip, context);
      if (clip.upgradePutOffAt !== null) await noteUpgrade(clip, null);
    } catch (error) {
      if (!(error instanceof AppError && (error.code === 'QUOTA_EXCEEDED' || error.code === 'DISK_LOW')))
        throw error;
      // The clip is served as it is until there is space.
      await noteUpgrade(clip, new Date());
    }
  }

  async function finish(clipId: string, context: StepContext): Promise<void> {
    const clip = await find(clipId);
    if (clip === null) return;
    if (clip.audioCodec === null) {
      // For a clip without sound only the sprite shows that its upgrade has been tried, so the sprite comes last.
      if (clip.spriteFileId !== null && clip.upgradePutOffAt === null) return;
      await upgradeIfThereIsRoom(clip, context);
      const upgraded = await find(clipId);
      if (upgraded?.spriteFileId === null) await timed(addSprite, upgraded, context);
      return;
    }
    if (clip.spriteFileId === null) await timed(addSprite, clip, context);
    const seen = await find(clipId);
    if (seen === null || seen.audioCodec === null || seen.audioCodec === 'aac') return;
    await upgradeIfThereIsRoom(seen, context);
  }

  /** Fetches each file once, because both steps read the same one. */
  function copies(directory: string, signal: AbortSignal): StepContext['copyOf'] {
    const paths = new Map<string, Promise<string>>();
    return ({ storageKey }) => {
      const path = paths.get(storageKey) ?? storage.localCopy(storageKey, directory, signal);
      paths.set(storageKey, path);
      return path;
    };
  }

  return {
    /** Does what is still to be done for a clip. Does nothing for clips that are gone or complete. */
    async run(clipId: string, signal: AbortSignal): Promise<void> {
      const directory = await storage.makeTempDir();
      try {
        await finish(clipId, { directory, signal, copyOf: copies(directory, signal) });
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },

    /**
     * Returns the ids of clips that aren't completely processed, newest first. Those for which there was no room come last, and in
     * turns, so that many of them keep no other clip waiting.
     */
    async unfinished(limit: number): Promise<string[]> {
      const clips = await db.replayClip.findMany({
        where: {
          ...POST_PROCESSABLE,
          OR: [
            { spriteFileId: null },
            { audioCodec: { not: 'aac' } },
            { audioCodec: null, upgradePutOffAt: { not: null } },
          ],
        },
        orderBy: [{ upgradePutOffAt: { sort: 'asc', nulls: 'first' } }, { pressedAt: 'desc' }],
        take: limit,
        select: { id: true },
      });
      return clips.map(({ id }) => id);
    },
  };
}
