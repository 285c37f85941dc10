import { Worker } from 'node:worker_threads';
import type { Timeline } from '../../buffer/piece.ts';
import type { ClipLayout } from '@hindsight/mp4/layout/clip-layout';
import { withBuffers } from '../../thread-buffers.ts';
import type { ClipPlan } from './clip-plan.ts';
import type { MixChoice, PlannedLayout } from './mixed-layout.ts';
import type { TimeRange } from './selection.ts';

/** A planned clip has a plan, and a layout unless ffmpeg has to make it. */
export interface PlannedClip {
  /** The plan arrives without samples, which stay in the thread. */
  plan: ClipPlan;
  /** It is null when it takes ffmpeg to make the clip. */
  layouts: {
    clip: PlannedLayout;
    /** This layout has only the one keyframe that the poster shows. */
    still: ClipLayout;
  } | null;
}

/** The main thread sends this to have a clip planned. */
export interface PlanRequest {
  id: number;
  timeline: Timeline;
  range: TimeRange;
  choice: MixChoice;
}

/** The main thread sends this to have segments read in advance while nobody waits. It gets no answer. */
export interface ReadAheadRequest {
  timeline: Timeline;
}

/** The thread answers a plan request with this. Buffers arrive as plain arrays. */
export interface PlanAnswer {
  id: number;
  /** Each error belongs to a piece that was left out. */
  broken: Error[];
  /** It is null when nothing of the range is left. */
  planned: PlannedClip | null;
  error: { message: string; code: string | undefined; isRange: boolean } | null;
}

/** Nobody's voice is in the clip, and the share's sound is as it was sent. */
export const SHARE_ALONE: MixChoice = { microphones: [], gainsDb: new Map() };

interface Waiting {
  resolve: (answer: PlanAnswer) => void;
  reject: (error: unknown) => void;
}

export type PlanThread = ReturnType<typeof startPlanThread>;

/**
 * Reads and plans in a separate thread: ten minutes take some hundred small reads and tens of thousands of samples, which
 * would delay requests. The thread holds 13 MiB. One that dies is replaced at the next plan.
 * @param spawn creates the thread, for tests
 */
export function startPlanThread({ spawn = spawnPlanWorker }: { spawn?: () => Worker } = {}) {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let isClosed = false;
  let worker: Worker | null = null;

  function start(): Worker {
    const started = spawn();
    // The thread alone must not keep the process running. An open server has other reasons to.
    started.unref();
    started.on('message', (answer: PlanAnswer) => {
      waiting.get(answer.id)?.resolve(answer);
      waiting.delete(answer.id);
    });
    const end = (error: unknown) => {
      if (worker === started) worker = null;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    started.once('error', end);
    started.once('exit', () => end(new Error('the thread that plans clips has ended')));
    return started;
  }

  return {
    /** Starts the thread before there is anything to do, so that nobody waits for it. */
    warmUp(): void {
      if (!isClosed) worker ??= start();
    },

    /**
     * Decides which part of a timeline goes into a clip, and lays it out where that takes no ffmpeg. Returns null when
     * nothing of the range is left. Pieces whose files are gone or broken are left out, and reported to `onBroken`.
     * @throws RangeError when it can't be laid out, and the file system's errors
     */
    async plan(
      timeline: Timeline,
      range: TimeRange,
      onBroken: (error: Error) => void,
      choice: MixChoice = SHARE_ALONE,
    ): Promise<PlannedClip | null> {
      if (isClosed) throw new Error('the thread that plans clips is closed');
      worker ??= start();
      const thread = worker;
      const id = ++lastId;
      const { broken, planned, error } = await new Promise<PlanAnswer>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        thread.postMessage({ id, timeline, range, choice } satisfies PlanRequest);
      });
      broken.forEach(onBroken);
      if (error !== null) throw failureOf(error);
      if (planned === null || planned.layouts === null) return planned;
      const { clip, still } = planned.layouts;
      return { plan: planned.plan, layouts: { clip: withBuffers(clip), still: withBuffers(still) } };
    },

    /** Reads in advance what may soon be captured of a timeline, the newest first. Plans don't wait for it. */
    readAhead(timeline: Timeline): void {
      if (isClosed || timeline.length === 0) return;
      worker ??= start();
      worker.postMessage({ timeline } satisfies ReadAheadRequest);
    },

    async close(): Promise<void> {
      isClosed = true;
      await worker?.terminate();
    },
  };
}

function spawnPlanWorker(): Worker {
  return new Worker(new URL('plan.worker.ts', import.meta.url));
}

function failureOf({ message, code, isRange }: NonNullable<PlanAnswer['error']>): Error {
  const error = isRange ? new RangeError(message) : new Error(message);
  return code === undefined ? error : Object.assign(error, { code });
}
