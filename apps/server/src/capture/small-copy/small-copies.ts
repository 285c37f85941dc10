import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Prisma, PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { HOUR, SECOND } from '@hindsight/shared/units';
import { dropSmallCopy } from '../../clips/clip-files.ts';
import type { Ffmpeg } from '../../ffmpeg/ffmpeg.ts';
import type { Deletions } from '../../storage/deletions.ts';
import type { DiskGuard } from '../../storage/disk-guard.ts';
import { clipSmallKey } from '../../storage/storage-key.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import { sha256SmallFile } from '../lifecycle/checksum.ts';
import { describeFile } from '../lifecycle/clip-check.ts';
import { changeClip, contentColumns, type ClipChange, type ReadyClip } from '../post-process/clip-change.ts';
import { planSmallCopy, smallCopyCommand } from './small-copy-args.ts';

const TIMEOUT_MS = HOUR;
/** Post-processing that isn't done by then waits for room in the quota, which may never come. */
const POST_PROCESSED_WITHIN_MS = HOUR;
/** The last packet of sound may end this much behind the last picture. */
const DURATION_TOLERANCE_SECONDS = 0.5;
const BATCH = 100;

interface SmallCopiesDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'makeTempDir' | 'localCopy'>;
  disk: Pick<DiskGuard, 'requireSpace'>;
  ffmpeg: Ffmpeg;
  deletions: Pick<Deletions, 'enqueue'>;
  clipChange: ClipChange;
  /** Clips that are larger get a copy of at most this size. */
  maxBytes: number;
  now?: () => number;
}

export type SmallCopies = ReturnType<typeof createSmallCopies>;

/**
 * Makes small copies of large clips that have a public link, for programs that show the link. They take no quota, like
 * posters: the server makes them unasked.
 */
export function createSmallCopies({
  db,
  storage,
  disk,
  ffmpeg,
  deletions,
  clipChange,
  maxBytes,
  now = Date.now,
}: SmallCopiesDependencies) {
  const linked = (): Prisma.ClipLinkListRelationFilter => ({
    some: { OR: [{ expiresAt: null }, { expiresAt: { gt: new Date(now()) } }] },
  });

  /** Post-processing replaces the file, so a copy that is made before it would be made twice. */
  const wanted = (): Prisma.ReplayClipWhereInput => ({
    status: 'READY',
    removedAt: null,
    smallFileId: null,
    file: { checksum: { not: null }, sizeBytes: { gt: maxBytes } },
    links: linked(),
    OR: [
      { audioCodec: 'aac' },
      { audioCodec: null, spriteFileId: { not: null } },
      { createdAt: { lt: new Date(now() - POST_PROCESSED_WITHIN_MS) } },
    ],
  });

  async function make(clip: ReadyClip, directory: string, signal: AbortSignal): Promise<void> {
    const { durationMs, width, height } = clip;
    if (width === null || height === null) return;
    await disk.requireSpace(maxBytes);
    const plan = planSmallCopy({ width, height, durationMs }, maxBytes);
    const path = join(directory, 'small.mp4');
    const sourcePath = await storage.localCopy(clip.file.storageKey, directory, signal);
    const command = smallCopyCommand(sourcePath, plan, {
      recordedAtMs: clip.fromAt.getTime(),
      durationMs,
      outputPath: path,
    });
    await ffmpeg.run(command, { timeoutMs: TIMEOUT_MS, signal, isBackground: true });
    const { durationSeconds, video } = await ffmpeg.probe(path, signal);
    const copy = await describeFile(path, await sha256SmallFile(path));
    const isWhole = Math.abs(durationSeconds - durationMs / SECOND) <= DURATION_TOLERANCE_SECONDS;
    if (video === null || !isWhole || copy.sizeBytes > maxBytes)
      throw new AppError('CONCATENATION_FAILED', {
        cause: new Error(`the small copy has ${durationSeconds} s and ${copy.sizeBytes} bytes`),
      });
    const storageKey = clipSmallKey(clip);
    await clipChange.put(clip, { path, storageKey, signal }, async (tx) => {
      const file = await tx.file.create({
        data: {
          ...contentColumns(copy),
          resourceType: 'REPLAY_SMALL_COPY',
          filename: `${clip.id}-small.mp4`,
          mimeType: 'video/mp4',
          storageKey,
        },
      });
      await changeClip(tx, clip, { smallFileId: file.id });
    });
  }

  return {
    async isWanted(clipId: string): Promise<boolean> {
      return (await db.replayClip.count({ where: { id: clipId, ...wanted() } })) > 0;
    },

    /** Returns the ids of clips that lack a small copy, newest first. */
    async wantedIds(): Promise<string[]> {
      const clips = await db.replayClip.findMany({
        where: wanted(),
        orderBy: { pressedAt: 'desc' },
        take: BATCH,
        select: { id: true },
      });
      return clips.map(({ id }) => id);
    },

    /**
     * Makes a clip's small copy, unless it has one, needs none or is gone.
     * @throws AppError FFMPEG_UNAVAILABLE, DISK_LOW, CONCATENATION_FAILED
     */
    async run(clipId: string, signal: AbortSignal): Promise<void> {
      const clip = await db.replayClip.findFirst({
        where: { id: clipId, ...wanted() },
        include: { file: true },
      });
      if (clip?.file == null) return;
      const directory = await storage.makeTempDir();
      try {
        await make({ ...clip, file: clip.file }, directory, signal);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },

    /** Deletes the small copies of clips that have no link any more. */
    async dropUnneeded(): Promise<void> {
      const clips = await db.replayClip.findMany({
        where: { smallFileId: { not: null }, NOT: { links: linked() } },
        take: BATCH,
        select: { id: true },
      });
      for (const { id } of clips) await db.$transaction((tx) => dropSmallCopy(tx, deletions, id));
    },
  };
}
