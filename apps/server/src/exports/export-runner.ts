import { rm, statfs } from 'node:fs/promises';
import type { ClipExport, PrismaClient } from '@hindsight/db/client';
import { isDatabaseAway } from '@hindsight/db/database-away';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { exportOptionsSchema } from '@hindsight/shared/clips/export';
import { isDiskFull } from '@hindsight/shared/error-code';
import { AppError, type AppErrorCode } from '@hindsight/shared/errors';
import { KiB, toSafeNumber } from '@hindsight/shared/units';
import { readMovieTracks } from '@hindsight/mp4/tables/movie-tracks';
import { startChecksumThread } from '../capture/lifecycle/checksum.ts';
import { describeFile } from '../capture/lifecycle/clip-check.ts';
import { SHARE_TRACK } from '../capture/mix/separate-tracks.ts';
import { namesOfTracks } from '../clips/track-names.ts';
import { retryWhileDatabaseIsAway } from '../database-retry.ts';
import type { Log } from '../log.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import { readChatLimit, type ExportFeed } from './export-feed.ts';
import { requireSameClip, type ExportFailure, type ExportOutcome } from './export-outcome.ts';
import type { createExportMaker } from './make/export-maker.ts';
import type { Making } from './make/making.ts';
import { clipFacts, separateTracks } from './plan/clip-facts.ts';
import { planExport } from './plan/export-plan.ts';

type ExportedClip = Awaited<ReturnType<typeof requireSameClip>>;

/** Most exports have no separate tracks. */
const NO_TRACKS: Making['separate'] = { path: '', tracks: [] };

const MAX_TRIES = 2;

/** Another try at once doesn't help against these errors. */
const FINAL_ERRORS: ReadonlySet<AppErrorCode> = new Set([
  'FFMPEG_UNAVAILABLE',
  'DISK_LOW',
  'QUOTA_EXCEEDED',
  'STORAGE_UNAVAILABLE',
  'EXPORT_LIMIT_TOO_SMALL',
  'VALIDATION_FAILED',
  'CLIP_DELETED',
  'CLIP_TRIMMED',
  'VOICE_TAKEN_OUT',
]);

interface ExportRunnerDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'makeTempDir' | 'localCopy'>;
  /** Resolves when the file of a clip is written. */
  requireFile: (clipId: string, signal: AbortSignal) => Promise<void>;
  maker: Pick<ReturnType<typeof createExportMaker>, 'make'>;
  outcome: ExportOutcome;
  feed: Pick<ExportFeed, 'report'>;
  log: Pick<Log, 'info' | 'warn'>;
}

export type ExportRunner = ReturnType<typeof createExportRunner>;

/** Makes exports from clips, one at a call. */
export function createExportRunner({
  db,
  storage,
  requireFile,
  maker,
  outcome,
  feed,
  log,
}: ExportRunnerDependencies) {
  /** The map has the exports that are being made here, by id. Aborting one stops the work on it. */
  const running = new Map<string, { row: ClipExport; stopped: AbortController }>();

  /** Fetches the separate tracks of a clip; it may have none by now. Nobody is among them who has taken their voice out. */
  async function findTracks(clip: ExportedClip, directory: string, signal: AbortSignal) {
    if (clip.tracksFile === null) return NO_TRACKS;
    const path = await storage.localCopy(clip.tracksFile.storageKey, directory, signal);
    const names = await namesOfTracks(db, clip, SHARE_TRACK);
    return { path, tracks: separateTracks(await readMovieTracks(path), names) };
  }

  async function make(row: ClipExport, directory: string, signal: AbortSignal): Promise<void> {
    const { id: clipId } = await requireSameClip(db, row);
    await requireFile(clipId, signal);
    // Its file may be another one by now.
    const clip = await requireSameClip(db, row);
    const path = await storage.localCopy(clip.file.storageKey, directory, signal);
    const { durationMs } = clip;
    const movie = await readMovieTracks(path);
    const options = exportOptionsSchema.parse(row.options);
    const tracks =
      options.kind === 'editing' && options.hasSeparateTracks
        ? await findTracks(clip, directory, signal)
        : NO_TRACKS;
    const facts = clipFacts(movie, {
      durationMs,
      sizeBytes: toSafeNumber(clip.file.sizeBytes),
      separateTracks: tracks.tracks.length,
    });
    const work = planExport(options, facts, { chatLimitBytes: await readChatLimit(db) });
    const { width, height, isOneSize, durationSeconds } = facts;
    const made = await maker.make(work, {
      ...{ movie, facts, directory, signal },
      source: { path, width, height, isOneSize, durationSeconds },
      separate: tracks,
      labels: { title: row.title, recordedAtMs: clip.fromAt.getTime() },
      report: (fraction) => feed.report(row, fraction),
    });
    await using checksumThread = startChecksumThread(signal);
    const file = await describeFile(made, await checksumThread.sha256(made));
    // What came out larger than planned would take more quota than was reserved.
    if (file.sizeBytes > work.plan.maxBytes)
      throw new AppError('EXPORT_FAILED', { cause: new Error(`${file.sizeBytes} bytes are too many`) });
    await outcome.succeed(row, file, { extension: work.plan.extension, signal });
  }

  async function tryUntilDone(id: string, signal: AbortSignal, onClaimed: (row: ClipExport) => void) {
    for (;;) {
      const row = await retryWhileDatabaseIsAway(() => outcome.claim(id), { signal });
      if (row === null) return;
      onClaimed(row);
      const startedAt = performance.now();
      let directory: string | null = null;
      try {
        // A full disk may have no room for a directory either.
        directory = await storage.makeTempDir();
        await make(row, directory, signal);
        log.info({ exportId: id, durationMs: Math.round(performance.now() - startedAt) }, 'export ready');
        return;
      } catch (error) {
        signal.throwIfAborted();
        // The queue runs it again when the database is back.
        if (isDatabaseAway(error)) throw error;
        const failure = await toFailure(error, directory);
        // It was cancelled.
        if (failure.code === 'NOT_FOUND') return;
        const failures = await retryWhileDatabaseIsAway(() => outcome.countFailure(row), { signal });
        log.warn({ exportId: id, failures, code: failure.code, err: error }, 'export could not be made');
        if (FINAL_ERRORS.has(failure.code) || failures >= MAX_TRIES) {
          await retryWhileDatabaseIsAway(() => outcome.fail(row, failure), { signal });
          return;
        }
      } finally {
        if (directory !== null) await rm(directory, { recursive: true, force: true });
      }
    }
  }

  return {
    /**
     * Makes one export READY or FAILED. Calling it again for one that is done, cancelled or being made on any server does
     * nothing, so a queue may deliver twice.
     * @throws the signal's reason when it aborts; the export then waits for another server or the next start
     */
    async run(id: string, shutdown: AbortSignal): Promise<void> {
      if (running.has(id)) return;
      const stopped = new AbortController();
      try {
        await tryUntilDone(id, AbortSignal.any([shutdown, stopped.signal]), (row) =>
          running.set(id, { row, stopped }),
        );
      } catch (error) {
        if (stopped.signal.aborted) return;
        await outcome.giveUp(id);
        throw error;
      } finally {
        running.delete(id);
      }
    },

    isRunning: (id: string): boolean => running.has(id),

    /** Stops the work on an export that isn't wanted any more. */
    stop(id: string): void {
      running.get(id)?.stopped.abort();
    },

    /** Stops the work on all exports of a clip. */
    stopClip(clipId: string): void {
      for (const { row, stopped } of running.values()) if (row.clipId === clipId) stopped.abort();
    },

    /** Stops the work on those exports of a clip that were asked for when it had another range, and returns them. */
    stopTrimmed(clip: Pick<ClipDto, 'id' | 'from' | 'to'>): ClipExport[] {
      const outdated = [...running.values()].filter(
        ({ row: { clipId, clipFromAt, clipToAt } }) =>
          clipId === clip.id &&
          (clipFromAt.toISOString() !== clip.from || clipToAt.toISOString() !== clip.to),
      );
      for (const { stopped } of outdated) stopped.abort();
      return outdated.map(({ row }) => row);
    },
  };
}

/** @param directory the unfinished files are still in it */
async function toFailure(error: unknown, directory: string | null): Promise<ExportFailure> {
  if (error instanceof AppError && error.code !== 'CONCATENATION_FAILED') {
    const { code, detail } = error;
    return { code, detail };
  }
  // Encoders don't always say why they fail: x264 goes on when its notes about the first pass find no room.
  if (isDiskFull(error) || (directory !== null && (await isFull(directory)))) return { code: 'DISK_LOW' };
  return { code: 'EXPORT_FAILED' };
}

/** What remains of a disk that a program has filled up. */
const FULL_BYTES = 256 * KiB;

async function isFull(directory: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize < FULL_BYTES;
}
