import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { File, Prisma, PrismaClient, ReplayClip } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE, SECOND, toSafeNumber } from '@hindsight/shared/units';
import type { DiskGuard } from '../buffer/disk-guard.ts';
import type { ClipFeed } from '../clips/clip-feed.ts';
import type { Log } from '../log.ts';
import type { Quota } from '../quota/quota.service.ts';
import type { Deletions } from '../storage/deletions.ts';
import { clipSpriteKey, clipUpgradeKey } from '../storage/storage-key.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import { planExactStart } from '@hindsight/mp4/layout/exact-cut';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';
import { readMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';
import { exchangeSound, hiddenSeconds } from '@hindsight/mp4/layout/replace-sound';
import { sha256SmallFile } from './checksum.ts';
import { describeFile, type WrittenFile } from './clip-check.ts';
import { cutExactly } from './exact-start.ts';
import type { Ffmpeg } from './ffmpeg.ts';
import { videoRow } from './file-rows.ts';
import { MAX_BYTES_PER_SECOND } from './file-writer.ts';
import { soundCommand, spriteCommand } from './polish-args.ts';

/** How long whoever is watching a file may go on after another has taken its place. */
export const EARLIER_VIDEO_KEPT_MS = 15 * MINUTE;
const TIMEOUT_MS = 30 * MINUTE;
const DURATION_TOLERANCE_SECONDS = 0.1;

interface PolishDependencies {
  db: PrismaClient;
  storage: ObjectStorage;
  disk: Pick<DiskGuard, 'requireSpace'>;
  ffmpeg: Ffmpeg;
  quota: Quota;
  deletions: Pick<Deletions, 'enqueue'>;
  feed: Pick<ClipFeed, 'announce'>;
  log: Pick<Log, 'info'>;
}

/** Written, too: until then there is no file that ffmpeg could read. */
const POLISHABLE = {
  status: 'READY',
  removedAt: null,
  file: { checksum: { not: null } },
} satisfies Prisma.ReplayClipWhereInput;

type ReadyClip = ReplayClip & { file: File };

interface Work {
  /** Of unfinished files. */
  directory: string;
  /** The path of a clip's file on this machine. */
  copyOf: (file: File) => Promise<string>;
  signal: AbortSignal;
}

export type Polish = ReturnType<typeof createPolish>;

/** What is done to a clip after it is READY, when nothing else needs the machine: its sprite, and a file for every player. */
export function createPolish(dependencies: PolishDependencies) {
  const { db, storage, disk, ffmpeg, quota, deletions, feed, log } = dependencies;

  async function find(clipId: string): Promise<ReadyClip | null> {
    const clip = await db.replayClip.findFirst({
      where: { id: clipId, ...POLISHABLE },
      include: { file: true },
    });
    return clip?.file == null ? null : { ...clip, file: clip.file };
  }

  /** Does nothing when the clip has been removed, or has got another file, since it was read. */
  async function put(
    clip: ReadyClip,
    { path, storageKey, signal }: { path: string; storageKey: string; signal: AbortSignal },
    write: (tx: Prisma.TransactionClient) => Promise<void>,
  ): Promise<void> {
    try {
      await storage.commit(path, storageKey, { signal });
      await db.$transaction(write);
    } catch (error) {
      // A transaction can succeed and its answer get lost: what a row points to stays.
      if ((await db.file.count({ where: { storageKey } })) === 0)
        // What stays because the storage is away goes with the next search for strays.
        await storage.remove(storageKey).catch(() => undefined);
      if (error instanceof ClipChangedError) return;
      throw error;
    }
    await feed.announce(clip.id);
  }

  async function change(
    tx: Prisma.TransactionClient,
    { id, fileId }: ReadyClip,
    data: Prisma.ReplayClipUncheckedUpdateManyInput,
  ): Promise<void> {
    const { count } = await tx.replayClip.updateMany({
      where: { id, fileId, status: 'READY', removedAt: null },
      data,
    });
    if (count === 0) throw new ClipChangedError();
  }

  async function addSprite(clip: ReadyClip, { directory, copyOf, signal }: Work): Promise<void> {
    const path = join(directory, 'sprite.jpg');
    const command = spriteCommand(await copyOf(clip.file), clip.durationMs, path);
    await ffmpeg.run(command, { timeoutMs: TIMEOUT_MS, signal, isBackground: true });
    const sprite = await describeFile(path, await sha256SmallFile(path));
    const storageKey = clipSpriteKey(clip);
    await put(clip, { path, storageKey, signal }, async (tx) => {
      const file = await tx.file.create({
        data: {
          ...columns(sprite),
          resourceType: 'REPLAY_SPRITE',
          filename: `${clip.id}-sprite.jpg`,
          mimeType: 'image/jpeg',
          storageKey,
        },
      });
      await change(tx, clip, { spriteFileId: file.id });
    });
  }

  /**
   * Gives a clip sound for every player and, where pictures before its start are hidden in it, a start that is exact in
   * every player. Does nothing when it needs neither.
   */
  async function upgrade(clip: ReadyClip, { directory, copyOf, signal }: Work): Promise<void> {
    const sourcePath = await copyOf(clip.file);
    const movie = await readMovieTracks(sourcePath);
    const original = trackOf(movie, 'video');
    const cut = planExactStart(original);
    const isSilent = clip.audioCodec === null;
    if (isSilent && cut === null) return;
    await disk.requireSpace(toSafeNumber(clip.sizeBytes));
    const run = { timeoutMs: TIMEOUT_MS, signal, isBackground: true };
    const video =
      cut === null
        ? original
        : await cutExactly(ffmpeg, sourcePath, { video: original, cut }, { ...run, directory });
    const soundPath = join(directory, 'sound.mp4');
    if (!isSilent) {
      const silentSeconds = hiddenSeconds(video);
      await ffmpeg.run(soundCommand(sourcePath, { silentSeconds, outputPath: soundPath }), run);
    }
    const layout = exchangeSound(video, isSilent ? [] : await readMovieTracks(soundPath));
    const path = join(directory, 'clip.mp4');
    const checksum = await writeLayout(layout, path, { signal, maxBytesPerSecond: MAX_BYTES_PER_SECOND });
    const probe = await ffmpeg.probe(path, signal);
    const durationSeconds = clip.durationMs / SECOND;
    const isAsLong = Math.abs(probe.durationSeconds - durationSeconds) <= DURATION_TOLERANCE_SECONDS;
    const audioCodec = isSilent ? null : 'aac';
    if (probe.video === null || (probe.audio?.codec ?? null) !== audioCodec || !isAsLong)
      throw new AppError('CONCATENATION_FAILED', { cause: new Error('the copy is not like the clip') });
    await replaceVideo({ ...clip, audioCodec }, await describeFile(path, checksum), signal);
  }

  /** `clip` says which sound the new file has. The earlier one stays for those who are watching it; it counts for nobody's quota any more. */
  async function replaceVideo(clip: ReadyClip, video: WrittenFile, signal: AbortSignal): Promise<void> {
    const storageKey = clipUpgradeKey(clip);
    await put(clip, { path: video.path, storageKey, signal }, async (tx) => {
      const row = videoRow(clip.id, storageKey);
      const file = await tx.file.create({ data: { ...columns(video), ...row } });
      await change(tx, clip, {
        fileId: file.id,
        sizeBytes: BigInt(video.sizeBytes),
        audioCodec: clip.audioCodec,
      });
      await tx.file.update({ where: { id: clip.file.id }, data: { filename: row.filename } });
      await deletions.enqueue(tx, [clip.file.storageKey], new Date(Date.now() + EARLIER_VIDEO_KEPT_MS));
      await quota.exchange(tx, clip.userId, {
        freedBytes: toSafeNumber(clip.sizeBytes),
        usedBytes: video.sizeBytes,
      });
    });
  }

  async function timed(
    step: (clip: ReadyClip, work: Work) => Promise<void>,
    clip: ReadyClip,
    work: Work,
  ): Promise<void> {
    const startedAt = performance.now();
    await step(clip, work);
    const durationMs = Math.round(performance.now() - startedAt);
    log.info({ clipId: clip.id, durationMs, step: step.name }, 'clip polished');
  }

  async function upgradeIfThereIsRoom(clip: ReadyClip, work: Work): Promise<void> {
    try {
      await timed(upgrade, clip, work);
    } catch (error) {
      // The clip is served as it is, until there is.
      if (!(error instanceof AppError && (error.code === 'QUOTA_EXCEEDED' || error.code === 'DISK_LOW')))
        throw error;
    }
  }

  async function finish(clipId: string, work: Work): Promise<void> {
    const clip = await find(clipId);
    if (clip === null) return;
    if (clip.audioCodec === null) {
      // Nothing but its sprite tells that it has been looked at: that comes last.
      if (clip.spriteFileId !== null) return;
      await upgradeIfThereIsRoom(clip, work);
      const upgraded = await find(clipId);
      if (upgraded?.spriteFileId === null) await timed(addSprite, upgraded, work);
      return;
    }
    if (clip.spriteFileId === null) await timed(addSprite, clip, work);
    const seen = await find(clipId);
    if (seen === null || seen.audioCodec === null || seen.audioCodec === 'aac') return;
    await upgradeIfThereIsRoom(seen, work);
  }

  /** Both steps look at the same file. */
  function copies(directory: string, signal: AbortSignal): Work['copyOf'] {
    const paths = new Map<string, Promise<string>>();
    return ({ storageKey }) => {
      const path = paths.get(storageKey) ?? storage.localCopy(storageKey, directory, signal);
      paths.set(storageKey, path);
      return path;
    };
  }

  return {
    /** Does what is still to be done. Does nothing for clips that are gone, or have all of it. */
    async run(clipId: string, signal: AbortSignal): Promise<void> {
      const directory = await storage.makeTempDir();
      try {
        await finish(clipId, { directory, signal, copyOf: copies(directory, signal) });
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },

    /** Clips that something is still to be done for, newest first. */
    async unfinished(limit: number): Promise<string[]> {
      const clips = await db.replayClip.findMany({
        where: {
          ...POLISHABLE,
          OR: [{ spriteFileId: null }, { audioCodec: { not: 'aac' } }],
        },
        orderBy: { createdAt: 'desc' },
        take: limit,
        select: { id: true },
      });
      return clips.map(({ id }) => id);
    },
  };
}

/** Somebody has removed or trimmed it meanwhile. */
class ClipChangedError extends Error {}

function columns({ sizeBytes, checksum }: WrittenFile): { sizeBytes: bigint; checksum: string } {
  return { sizeBytes: BigInt(sizeBytes), checksum };
}
