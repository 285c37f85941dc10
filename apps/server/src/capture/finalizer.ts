import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayClip } from '@hindsight/db/client';
import { AppError, type AppErrorCode } from '@hindsight/shared/errors';
import { SECOND, toSafeNumber } from '@hindsight/shared/units';
import type { Timeline } from '../buffer/piece.ts';
import type { ClipFeed } from '../clips/clip-feed.ts';
import type { Log } from '../log.ts';
import type { LocalStorage } from '../storage/local-storage.ts';
import type { CaptureSource } from './capture-source.ts';
import type { ClipOutcome } from './clip-outcome.ts';
import { planClip } from './clip-plan.ts';
import type { ClipWriter } from './clip-writer.ts';

const MAX_TRIES = 3;
const RETRY_DELAY_MS = SECOND;
/** How long a clip waits for its last moments to arrive from the recorder. */
const TAIL_WAIT_MS = 1500;
const TAIL_POLL_MS = 100;
/** A frame's time: nearer to the press than this nobody can tell. */
const TAIL_TOLERANCE_MS = 50;

/** Errors that another try at once can't mend. */
const FINAL_ERRORS: ReadonlySet<AppErrorCode> = new Set([
  'FFMPEG_UNAVAILABLE',
  'DISK_LOW',
  'RANGE_NOT_BUFFERED',
  'QUOTA_EXCEEDED',
]);

interface FinalizerDependencies {
  source: Pick<CaptureSource, 'flush' | 'pieces' | 'isLive'>;
  storage: Pick<LocalStorage, 'makeTempDir'>;
  writer: ClipWriter;
  outcome: ClipOutcome;
  feed: Pick<ClipFeed, 'report' | 'onRemoved'>;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
}

export type Finalizer = ReturnType<typeof createFinalizer>;

/** Makes accepted captures into clips. */
export function createFinalizer({ source, storage, writer, outcome, feed, log }: FinalizerDependencies) {
  const running = new Map<string, AbortController>();
  const stopListening = feed.onRemoved((clipId) => running.get(clipId)?.abort());

  /** The buffer of a clip, once it reaches the clip's end or nothing more comes. */
  async function waitForTail(clip: ReplayClip, signal: AbortSignal): Promise<Timeline> {
    const key = { userId: clip.userId, channelId: clip.roomName };
    const deadline = Date.now() + TAIL_WAIT_MS;
    for (;;) {
      const isLive = await source.isLive(key);
      await source.flush(key);
      const timeline = await source.pieces(key, clip.createdAt.getTime());
      const reachedMs = timeline.at(-1)?.toMs ?? 0;
      const isThere = reachedMs >= clip.toAt.getTime() - TAIL_TOLERANCE_MS;
      if (isThere || !isLive || Date.now() > deadline) return timeline;
      await sleep(TAIL_POLL_MS, undefined, { signal });
    }
  }

  async function make(clip: ReplayClip, signal: AbortSignal): Promise<void> {
    await feed.report(clip.id, 'WAITING', 0);
    const timeline = await waitForTail(clip, signal);
    const range = { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() };
    const plan = await planClip(timeline, range, (error) =>
      log.warn({ clipId: clip.id, err: error }, 'left a broken segment out of a clip'),
    );
    if (plan === null) throw new AppError('RANGE_NOT_BUFFERED');

    const phase = plan.canCopy ? 'WRITING' : 'ENCODING';
    await feed.report(clip.id, phase, 0);
    const directory = await storage.makeTempDir();
    try {
      const written = await writer.write(plan, {
        directory,
        maxBytes: toSafeNumber(clip.reservedBytes),
        signal,
        onProgress: (fraction) => void feed.report(clip.id, phase, fraction).catch(() => undefined),
      });
      signal.throwIfAborted();
      await outcome.succeed(clip, written, plan.selection);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async function tryUntilDone(clipId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const clip = await outcome.find(clipId);
      if (clip === null) return;
      const startedAt = performance.now();
      try {
        await make(clip, signal);
        log.info({ clipId, durationMs: Math.round(performance.now() - startedAt) }, 'clip ready');
        return;
      } catch (error) {
        signal.throwIfAborted();
        const { code } = toFailure(error);
        const failures = await outcome.countFailure(clip);
        log.warn({ clipId, failures, code, err: error }, 'clip could not be made');
        if (FINAL_ERRORS.has(code) || failures >= MAX_TRIES) return outcome.fail(clip, code);
        await sleep(RETRY_DELAY_MS * failures, undefined, { signal });
      }
    }
  }

  return {
    /**
     * Makes one clip READY or FAILED. Calling it again for a clip that is done, removed or being made does nothing, so that
     * a queue may deliver twice.
     * @throws the signal's reason when it aborts; the clip then stays PROCESSING for the next start
     */
    async run(clipId: string, shutdown: AbortSignal): Promise<void> {
      if (running.has(clipId)) return;
      const removed = new AbortController();
      running.set(clipId, removed);
      try {
        await tryUntilDone(clipId, AbortSignal.any([shutdown, removed.signal]));
      } catch (error) {
        if (removed.signal.aborted) return;
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
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('DISK_LOW', { cause: error });
  return new AppError('CONCATENATION_FAILED', { cause: error });
}
