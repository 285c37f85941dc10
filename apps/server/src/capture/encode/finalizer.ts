import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayClip } from '@hindsight/db/client';
import { isDatabaseAway } from '@hindsight/db/database-away';
import { isDiskFull } from '@hindsight/shared/error-code';
import { AppError, type AppErrorCode } from '@hindsight/shared/errors';
import { SECOND } from '@hindsight/shared/units';
import { retryWhileDatabaseIsAway } from '../../database-retry.ts';
import type { ClipFeed } from '../../clips/clip-feed.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import type { ClipMaker } from '../lifecycle/clip-maker.ts';
import { isFromBuffer } from '../lifecycle/clip-source.ts';
import type { ClipOutcome } from '../lifecycle/clip-outcome.ts';
import type { InstantClips } from '../instant/instant-clips.ts';

const MAX_TRIES = 3;
const RETRY_DELAY_MS = SECOND;

/** Retrying at once doesn't help against these errors. */
const FINAL_ERRORS: ReadonlySet<AppErrorCode> = new Set([
  'FFMPEG_UNAVAILABLE',
  'NOT_FOUND',
  'JOINED_CLIP_CHANGED',
  'DISK_LOW',
  'RANGE_NOT_BUFFERED',
  'QUOTA_EXCEEDED',
  // The storage layer already retries this.
  'STORAGE_UNAVAILABLE',
]);

interface FinalizerDependencies {
  storage: Pick<ObjectStorage, 'makeTempDir'>;
  instant: Pick<InstantClips, 'makeReady'>;
  captureMaker: ClipMaker;
  trimMaker: ClipMaker;
  joinMaker: ClipMaker;
  outcome: ClipOutcome;
  feed: Pick<ClipFeed, 'report' | 'onRemoved'>;
  metrics: Pick<Metrics, 'clipReady' | 'clipFailed'>;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** The map has the clips that are being finalized here, by id. Aborting one stops the work on it. */
  running: Map<string, AbortController>;
}

export type Finalizer = ReturnType<typeof createFinalizer>;

/** Turns accepted captures, trims and joins into clips. */
export function createFinalizer({
  storage,
  instant,
  captureMaker,
  trimMaker,
  joinMaker,
  outcome,
  feed,
  metrics,
  log,
  running,
}: FinalizerDependencies) {
  const stopListening = feed.onRemoved((clipId) => running.get(clipId)?.abort());

  /**
   * Makes a clip.
   * @returns false when the capture became READY without ffmpeg; it is logged and counted there
   */
  async function make(clip: ReplayClip, signal: AbortSignal): Promise<boolean> {
    const isCapture = isFromBuffer(clip);
    if (isCapture && (await instant.makeReady(clip))) return false;
    const maker = isCapture ? captureMaker : clip.trimFromMs === null ? joinMaker : trimMaker;
    const directory = await storage.makeTempDir();
    try {
      const made = await maker.make(clip, {
        directory,
        signal,
        report: (phase, fraction) => feed.report(clip.id, phase, fraction),
      });
      signal.throwIfAborted();
      await outcome.succeed(clip, made, {
        signal,
        onProgress: (fraction) => void feed.report(clip.id, 'UPLOADING', fraction).catch(() => undefined),
      });
      return true;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async function tryUntilDone(clipId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const clip = await retryWhileDatabaseIsAway(() => outcome.claim(clipId), { signal });
      if (clip === null) return;
      const startedAt = performance.now();
      try {
        if (!(await make(clip, signal))) return;
        log.info({ clipId, durationMs: Math.round(performance.now() - startedAt) }, 'clip ready');
        // Metrics measure the time since the press, which only captures have.
        metrics.clipReady(isFromBuffer(clip) ? (Date.now() - clip.pressedAt.getTime()) / SECOND : null);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (isDatabaseAway(error)) {
          // That is no fault of the clip's. If it was made READY, it can't be claimed again.
          log.warn({ clipId, err: error }, 'a clip waits for the database');
          await sleep(RETRY_DELAY_MS, undefined, { signal });
          continue;
        }
        const { code } = toFailure(error);
        const failures = await retryWhileDatabaseIsAway(() => outcome.countFailure(clip), { signal });
        log.warn({ clipId, failures, code, err: error }, 'clip could not be made');
        if (FINAL_ERRORS.has(code) || failures >= MAX_TRIES) {
          await retryWhileDatabaseIsAway(() => outcome.fail(clip, code), { signal });
          metrics.clipFailed(code);
          return;
        }
        await sleep(RETRY_DELAY_MS * failures, undefined, { signal });
      }
    }
  }

  return {
    /**
     * Makes one clip READY or FAILED. Calling it again for a clip that is done, removed or being made on any server does
     * nothing, so a queue may deliver twice.
     * @throws the signal's reason when it aborts; the clip then stays PROCESSING for another server or the next start
     */
    async run(clipId: string, shutdown: AbortSignal): Promise<void> {
      if (running.has(clipId)) return;
      const removed = new AbortController();
      running.set(clipId, removed);
      try {
        await tryUntilDone(clipId, AbortSignal.any([shutdown, removed.signal]));
      } catch (error) {
        if (removed.signal.aborted) return;
        await outcome.giveUp(clipId);
        throw error;
      } finally {
        running.delete(clipId);
      }
    },

    close(): void {
      stopListening();
    },
  };
}

function toFailure(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isDiskFull(error)) return new AppError('DISK_LOW', { cause: error });
  return new AppError('CONCATENATION_FAILED', { cause: error });
}
