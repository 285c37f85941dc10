import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayClip } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { SECOND } from '@hindsight/shared/units';
import PQueue from 'p-queue';
import type { Timeline } from '../../buffer/piece.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { ClipLayout } from '@hindsight/mp4/layout/clip-layout';
import { readLayout } from '@hindsight/mp4/layout/layout-reader';
import { SingleFlight } from '../../single-flight.ts';
import { voicesOf } from '../mix/mix-recipe.ts';
import type { CapturePlanner } from '../plan/capture-planner.ts';
import type { ClipOutcome } from '../lifecycle/clip-outcome.ts';
import { clipSize } from '../plan/clip-plan.ts';
import type { MixedChunks } from './mixed-chunks.ts';
import { layoutEtag, type PinnedSegments } from './pinned-segments.ts';
import type { Posters } from '../lifecycle/posters.ts';

/** Few clips are laid out at once, because one thread plans them all. */
const LAYOUT_CONCURRENCY = 2;
/**
 * The user who requested the clip may be loading it, so the poster and the file leave the processors free for this long.
 */
export const FINISH_DELAY_MS = 300;
/** Each poster is a process of ffmpeg. */
const POSTER_CONCURRENCY = 1;

interface InstantClipsDependencies {
  planner: CapturePlanner;
  pinned: Pick<PinnedSegments, 'pin' | 'directoryOf'>;
  mixes: Pick<MixedChunks, 'begin'>;
  outcome: Pick<ClipOutcome, 'claim' | 'isClaimed' | 'succeedPinned'>;
  posters: Posters;
  /** Queues a clip whose file is to be written. */
  enqueueFile: (clipId: string) => Promise<void>;
  /** Makes what other programs get of a clip in place of its hidden beginning. */
  prepareExact: (clipId: string) => Promise<void>;
  /** Releases the pinned segments of a clip, unless they are needed. */
  releaseUnused: (clipId: string) => Promise<void>;
  /** Queues a clip that was claimed here and takes longer. */
  leaveToQueue: (clip: ReplayClip) => Promise<void>;
  /** Resolves when no other press is being accepted. */
  pressesAccepted: () => Promise<void>;
  metrics: Pick<Metrics, 'clipReady'>;
  finishDelayMs: number;
  log: Pick<Log, 'info' | 'warn'>;
}

export type InstantClips = ReturnType<typeof createInstantClips>;

/**
 * Makes captures READY without writing their files: their segments are pinned where they are, and the clip is served from
 * them until its file is written.
 */
export function createInstantClips(dependencies: InstantClipsDependencies) {
  const {
    planner,
    pinned,
    mixes,
    outcome,
    posters,
    enqueueFile,
    prepareExact,
    releaseUnused,
    leaveToQueue,
    pressesAccepted,
    metrics,
    finishDelayMs,
    log,
  } = dependencies;
  const closing = new AbortController();
  const making = new SingleFlight<boolean>();
  const background = new Set<Promise<unknown>>();
  const layoutQueue = new PQueue({ concurrency: LAYOUT_CONCURRENCY });
  const posterQueue = new PQueue({ concurrency: POSTER_CONCURRENCY });

  /**
   * Makes a claimed capture READY.
   * @param known the buffer at the time when a capture was accepted just now
   */
  async function makeReady(clip: ReplayClip, known?: Timeline): Promise<boolean> {
    // Another call may have just finished, and the clip is served from what it pinned.
    if (known === undefined && !(await outcome.isClaimed(clip.id))) return true;
    // Waiting for the tail can be slow, so it happens outside the queue and other captures go on.
    const timeline = await planner.readWithTail(clip, closing.signal, known);
    return layoutQueue.add(() => layOut(clip, timeline));
  }

  async function layOut(clip: ReplayClip, timeline: Timeline): Promise<boolean> {
    closing.signal.throwIfAborted();
    const startedAt = performance.now();
    const { plan, layouts, markers } = await planner.plan(clip, timeline);
    if (layouts === null) return false;
    const { clip: layout, still } = layouts;
    const media = {
      sizeBytes: layout.sizeBytes,
      etag: layoutEtag(layout),
      durationMs: Math.round(layout.durationSeconds * SECOND),
      ...clipSize(plan.runs),
      videoCodec: 'h264',
      audioCodec: layout.recipe !== null || plan.runs.some((run) => run.hasAudio) ? 'opus' : null,
    };
    const { recipe } = layout;
    const pinning = pinned.pin(clip.id, layout, () => outcome.isClaimed(clip.id));
    // The recipe has the files of the buffer, which are still there, so its sound is mixed while they are pinned.
    if (recipe !== null)
      mixes.begin({ clipId: clip.id, directory: pinned.directoryOf(clip.id), recipe, pinning });
    if ((await pinning) === null) return true;
    try {
      const voices = recipe === null ? [] : voicesOf(recipe);
      await outcome.succeedPinned(clip, { media, range: plan.selection, markers, voices });
    } catch (error) {
      // The transaction may have succeeded although its answer was lost. The clip is then served from its pinned
      // segments.
      await releaseUnused(clip.id);
      if (error instanceof AppError && error.code === 'NOT_FOUND') return true;
      throw error;
    }
    const durationMs = Math.round(performance.now() - startedAt);
    log.info({ clipId: clip.id, durationMs }, 'clip ready');
    metrics.clipReady((Date.now() - clip.pressedAt.getTime()) / SECOND);
    inBackground(finish(clip, still));
    return true;
  }

  /** Adds what a playable clip still lacks: first the poster, because users see it, then the file and the exact start. */
  async function finish(clip: ReplayClip, still: ClipLayout): Promise<void> {
    const writeStill = async (directory: string) => {
      const path = join(directory, 'still.mp4');
      await writeFile(path, readLayout(still, { start: 0, end: still.sizeBytes - 1 }));
      return path;
    };
    await sleep(finishDelayMs, undefined, { signal: closing.signal });
    await posterQueue.add(() => posters.make(clip, writeStill, closing.signal));
    await enqueueFile(clip.id);
    // The clip may be gone, or can be given away as it is.
    await prepareExact(clip.id).catch((error: unknown) => {
      if (!closing.signal.aborted) log.warn({ clipId: clip.id, err: error }, 'no exact start yet');
    });
  }

  /** Runs work without waiting for it. What fails is retried: a clip by its queue, its file by the next sweep. */
  function inBackground(work: Promise<unknown>): void {
    const ended = work
      .catch((error: unknown) => {
        if (!closing.signal.aborted) log.warn({ err: error }, 'the poster or the file of a clip is delayed');
      })
      .finally(() => background.delete(ended));
    background.add(ended);
  }

  const makeOnce = (clip: ReplayClip, known?: Timeline) => making.run(clip.id, () => makeReady(clip, known));

  async function claimAndMake({ id }: Pick<ReplayClip, 'id'>): Promise<void> {
    const clip = await outcome.claim(id);
    if (clip !== null) await makeClaimed(clip);
  }

  async function makeClaimed(clip: ReplayClip, known?: Timeline): Promise<void> {
    const isMade = await makeOnce(clip, known).catch((error: unknown) => {
      if (!closing.signal.aborted)
        log.warn({ clipId: clip.id, err: error }, 'a clip is left to the finalize queue');
      return false;
    });
    if (!isMade) await leaveToQueue(clip);
  }

  return {
    /**
     * Makes a capture READY that this server has claimed, if its media can be served as they are.
     * @returns false when it takes ffmpeg to make it
     * @throws AppError with the code that the clip fails with, and the file system's errors
     */
    makeReady: (clip: ReplayClip) => makeOnce(clip),

    /**
     * Starts the same without waiting, for a clip that was claimed as it was accepted. A clip that takes ffmpeg is left
     * to the queue.
     * @param timeline the buffer at that time
     */
    makeAccepted: (clip: ReplayClip, timeline: Timeline) =>
      inBackground(pressesAccepted().then(() => makeClaimed(clip, timeline))),

    /** Starts the same for a clip that nobody has claimed. */
    makeSoon: (clip: Pick<ReplayClip, 'id'>) => inBackground(claimAndMake(clip)),

    isMaking: (clipId: string): boolean => making.has(clipId),

    async close(): Promise<void> {
      closing.abort();
      await Promise.all(background);
    },
  };
}
