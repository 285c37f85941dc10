import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClipVoice, File, PrismaClient } from '@hindsight/db/client';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';
import { hiddenSeconds, replaceSound } from '@hindsight/mp4/layout/replace-sound';
import { layOutTracks } from '@hindsight/mp4/layout/track-layout';
import { readMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE, SECOND, toSafeNumber } from '@hindsight/shared/units';
import type { Ffmpeg } from '../../ffmpeg/ffmpeg.ts';
import type { Log } from '../../log.ts';
import type { Quota } from '../../quota/quota.service.ts';
import { SingleFlight } from '../../single-flight.ts';
import type { Deletions } from '../../storage/deletions.ts';
import type { DiskGuard } from '../../storage/disk-guard.ts';
import { clipRemixKey, clipTracksKey } from '../../storage/storage-key.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import { MAX_BYTES_PER_SECOND } from '../instant/clip-file-writer.ts';
import { describeFile, type WrittenFile } from '../lifecycle/clip-check.ts';
import { tracksRow } from '../lifecycle/file-rows.ts';
import type { MixThreads } from '../mix/mix-threads.ts';
import type { NewMix } from '../mix/separate-tracks.ts';
import {
  contentColumns,
  exchangeVideo,
  type ClipChange,
  type ReadyClip,
} from '../post-process/clip-change.ts';
import { encodeSound } from '../post-process/encode-sound.ts';

/** So many packets are mixed at once, which is two seconds; a clip that somebody watches is mixed in between. */
const PART_PACKETS = 100;
const TIMEOUT_MS = 30 * MINUTE;
const DURATION_TOLERANCE_SECONDS = 0.1;
const BATCH = 100;
/** The clip may change while it is mixed, as by post-processing. */
const MAX_TRIES = 3;

interface RemixesDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'makeTempDir' | 'localCopy' | 'commit' | 'remove'>;
  disk: Pick<DiskGuard, 'requireSpace'>;
  ffmpeg: Ffmpeg;
  thread: Pick<MixThreads, 'mixTracks' | 'writeMix' | 'omitTracks'>;
  quota: Pick<Quota, 'exchange'>;
  deletions: Pick<Deletions, 'enqueue'>;
  clipChange: ClipChange;
  /** Resolves when the file of a clip is written. */
  requireFile: (clipId: string, signal: AbortSignal) => Promise<void>;
  log: Pick<Log, 'info'>;
}

/** A clip whose sound is to be mixed anew. */
type UnmixedClip = ReadyClip & { tracksFile: File | null; voices: ClipVoice[]; mixWantedAt: Date };

export type Remixes = ReturnType<typeof createRemixes>;

/** Mixes the sound of clips anew from their separate tracks, without those who took their voice out, at the levels that are set. */
export function createRemixes(dependencies: RemixesDependencies) {
  const { db, storage, disk, ffmpeg, thread, quota, deletions, clipChange, requireFile, log } = dependencies;
  const remixing = new SingleFlight<void>();

  async function find(clipId: string): Promise<UnmixedClip | null> {
    const clip = await db.replayClip.findFirst({
      where: {
        ...{ id: clipId, status: 'READY', removedAt: null, mixWantedAt: { not: null } },
        file: { checksum: { not: null } },
      },
      include: { file: true, tracksFile: true, voices: true },
    });
    if (clip?.file == null || clip.mixWantedAt === null) return null;
    return { ...clip, file: clip.file, mixWantedAt: clip.mixWantedAt };
  }

  /** Mixes the whole of some separate tracks. It takes breaks as long as its work, because recordings come first. */
  async function mix(path: string, mixed: NewMix, signal: AbortSignal): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (;;) {
      signal.throwIfAborted();
      const startedAt = performance.now();
      const part = await thread.mixTracks({
        ...{ path, ...mixed },
        ...{ first: parts.length * PART_PACKETS, count: PART_PACKETS },
      });
      if (part === null) throw failed('the separate tracks could not be mixed');
      if (part.length === 0) return Buffer.concat(parts);
      parts.push(part);
      await sleep(performance.now() - startedAt, undefined, { signal });
    }
  }

  /**
   * Makes a clip's new files.
   * @returns its video; its separate tracks, null when it has none; its codec of sound
   */
  async function make(clip: UnmixedClip, directory: string, signal: AbortSignal) {
    const omitted = new Set(clip.voices.flatMap((voice) => (voice.takenOutAt === null ? [] : voice.userId)));
    const sourcePath = await storage.localCopy(clip.file.storageKey, directory, signal);
    const movie = await readMovieTracks(sourcePath);
    const video = trackOf(movie, 'video');
    const recordedAtMs = clip.fromAt.getTime();
    const path = join(directory, 'clip.mp4');
    const write = { signal, maxBytesPerSecond: MAX_BYTES_PER_SECOND };
    if (clip.tracksFile === null) {
      // A voice can't be taken out of a mix, and whoever takes theirs back comes before the rest of the sound.
      const layout = layOutTracks(video, [], recordedAtMs);
      return { path, checksum: await writeLayout(layout, path, write), tracks: null, audioCodec: null };
    }
    const tracksPath = await storage.localCopy(clip.tracksFile.storageKey, directory, signal);
    const gainsDb = new Map<string | null, number>([
      [null, clip.shareGainDb],
      ...clip.voices.map(({ userId, gainDb }): [string, number] => [userId, gainDb]),
    ]);
    const packets = await mix(tracksPath, { omitted, gainsDb }, signal);
    const mixPath = join(directory, 'mix.mp4');
    const isMixed = await thread.writeMix({ path: tracksPath, packets, outputPath: mixPath });
    if (isMixed === null) throw failed('the new mix could not be written');
    const isAac = clip.audioCodec === 'aac';
    const sound = {
      ...{ sourcePath: mixPath, durationSeconds: clip.durationMs / SECOND },
      ...{ silentSeconds: hiddenSeconds(video), directory },
    };
    const layout = isAac
      ? replaceSound(
          video,
          [await encodeSound(ffmpeg, sound, { timeoutMs: TIMEOUT_MS, signal, isBackground: true })],
          recordedAtMs,
        )
      : layOutTracks(video, await readMovieTracks(mixPath), recordedAtMs);
    const checksum = await writeLayout(layout, path, write);
    const keptPath = join(directory, 'tracks.mp4');
    const kept = await thread.omitTracks({ path: tracksPath, outputPath: keptPath, recordedAtMs, omitted });
    if (kept === null) throw failed('the separate tracks could not be written');
    return { path, checksum, tracks: { path: keptPath, ...kept }, audioCodec: isAac ? 'aac' : 'opus' };
  }

  async function requireSameLength(
    clip: UnmixedClip,
    path: string,
    audioCodec: string | null,
    signal: AbortSignal,
  ) {
    const probe = await ffmpeg.probe(path, signal);
    const difference = Math.abs(probe.durationSeconds - clip.durationMs / SECOND);
    if (
      probe.video === null ||
      (probe.audio?.codec ?? null) !== audioCodec ||
      difference > DURATION_TOLERANCE_SECONDS
    )
      throw failed('the new file does not match the clip');
  }

  async function remix(clip: UnmixedClip, directory: string, signal: AbortSignal): Promise<void> {
    await disk.requireSpace(toSafeNumber(clip.file.sizeBytes));
    const { path, checksum, tracks, audioCodec } = await make(clip, directory, signal);
    await requireSameLength(clip, path, audioCodec, signal);
    const video = await describeFile(path, checksum);
    const tracksKey = tracks === null ? null : await storeTracks(clip, tracks, signal);
    const storageKey = clipRemixKey(clip);
    try {
      await clipChange.put(clip, { path: video.path, storageKey, signal }, async (tx) => {
        const { tracksFile } = clip;
        const row =
          tracks === null || tracksKey === null
            ? null
            : await tx.file.create({ data: { ...contentColumns(tracks), ...tracksRow(clip.id, tracksKey) } });
        const otherBytes = BigInt(tracks?.sizeBytes ?? 0) - (tracksFile?.sizeBytes ?? 0n);
        const data = { audioCodec, tracksFileId: row?.id ?? null };
        const freedBytes = await exchangeVideo(tx, deletions, clip, { video, storageKey, data, otherBytes });
        // If somebody else took their voice out meanwhile, the clip is mixed once more.
        const { mixWantedAt } = clip;
        await tx.replayClip.updateMany({ where: { id: clip.id, mixWantedAt }, data: { mixWantedAt: null } });
        if (tracksFile !== null) {
          await deletions.enqueue(tx, [tracksFile.storageKey]);
          await tx.file.delete({ where: { id: tracksFile.id } });
        }
        const usedBytes = video.sizeBytes + Number(otherBytes);
        await quota.exchange(tx, clip.userId, { freedBytes, usedBytes, mayExceed: true });
      });
    } finally {
      // Nothing of it was kept when the clip had changed.
      if (tracksKey !== null && (await db.file.count({ where: { storageKey: tracksKey } })) === 0)
        await storage.remove(tracksKey).catch(() => undefined);
    }
  }

  async function storeTracks(clip: UnmixedClip, tracks: WrittenFile, signal: AbortSignal) {
    const key = clipTracksKey(clip);
    await storage.commit(tracks.path, key, { signal });
    return key;
  }

  async function run(clipId: string, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries++) {
      const isWanted = await db.replayClip.count({ where: { id: clipId, mixWantedAt: { not: null } } });
      if (isWanted === 0) return;
      await requireFile(clipId, signal);
      const clip = await find(clipId);
      if (clip === null) return;
      if (tries > MAX_TRIES) throw failed('the clip changes all the time');
      const startedAt = performance.now();
      const directory = await storage.makeTempDir();
      try {
        await remix(clip, directory, signal);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
      log.info({ clipId, durationMs: Math.round(performance.now() - startedAt) }, 'clip mixed anew');
    }
  }

  return {
    /**
     * Mixes a clip's sound anew, if that is wanted. Two calls at the same time share the work.
     * @throws AppError DISK_LOW, FFMPEG_UNAVAILABLE, STORAGE_UNAVAILABLE, CONCATENATION_FAILED; it is tried again later
     */
    run: (clipId: string, signal: AbortSignal): Promise<void> =>
      remixing.run(clipId, () => run(clipId, signal)),

    /** Returns the ids of clips that are to be mixed anew, those that wait longest first. */
    async wantedIds(): Promise<string[]> {
      const clips = await db.replayClip.findMany({
        where: { mixWantedAt: { not: null }, status: 'READY', removedAt: null },
        orderBy: { mixWantedAt: 'asc' },
        take: BATCH,
        select: { id: true },
      });
      return clips.map(({ id }) => id);
    },
  };
}

function failed(problem: string): AppError {
  return new AppError('CONCATENATION_FAILED', { cause: new Error(problem) });
}
