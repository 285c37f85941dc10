import { setImmediate } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import type { Timeline } from '../../buffer/piece.ts';
import { layOutStill } from '@hindsight/mp4/layout/still-layout';
import { SegmentIndexCache } from '@hindsight/mp4/fragments/segment-index-cache';
import { planClip } from './clip-plan.ts';
import { layOutWithVoices } from './mixed-layout.ts';
import { POSTER_BEFORE_END_SECONDS } from '../../ffmpeg/still-args.ts';
import {
  SHARE_ALONE,
  type PlanAnswer,
  type PlannedClip,
  type PlanRequest,
  type ReadAheadRequest,
} from './plan-thread.ts';

/** After this many pieces read in advance, a waiting plan gets its turn. */
const READ_AHEAD_PIECES = 8;

const indexes = new SegmentIndexCache();
/** It is true until the first clip has been laid out. */
let isNew = true;

function plan(
  { timeline, range, choice }: PlanRequest,
  onBroken: (error: Error) => void,
): PlannedClip | null {
  const planned = planClip(timeline, range, onBroken, indexes);
  if (planned === null) return null;
  const layouts = planned.canLayOut
    ? {
        clip: layOutWithVoices(planned.runs, planned.selection.fromMs, choice),
        still: layOutStill(planned.runs, POSTER_BEFORE_END_SECONDS),
      }
    : null;
  return { plan: { ...planned, runs: planned.runs.map((run) => ({ ...run, segments: [] })) }, layouts };
}

function answer(request: PlanRequest): PlanAnswer {
  isNew = false;
  const broken: Error[] = [];
  try {
    const planned = plan(request, (error) => broken.push(error));
    return { id: request.id, broken, planned, error: null };
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error));
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    const failure = { message, code, isRange: error instanceof RangeError };
    return { id: request.id, broken, planned: null, error: failure };
  }
}

/** Reads segments in advance. Broken or missing files are ignored here and reported by the plan that needs them. */
async function readAhead(timeline: Timeline): Promise<void> {
  let read = 0;
  for (const { path, initPath, sizeBytes } of timeline.toReversed()) {
    if (initPath === null || indexes.has(path, sizeBytes)) continue;
    try {
      indexes.indexOf(path, sizeBytes, indexes.tracksOf(initPath));
    } catch {
      continue;
    }
    if (++read % READ_AHEAD_PIECES === 0) await setImmediate();
  }
  const [first, last] = [timeline[0], timeline.at(-1)];
  if (!isNew || first === undefined || last === undefined) return;
  // Code is slowest when it runs for the first time, so trial plans run while nobody waits: one of them has mixed sound.
  for (const choice of [SHARE_ALONE, { ...SHARE_ALONE, gainsDb: new Map([[null, 1]]) }])
    answer({ id: 0, timeline, range: { fromMs: first.fromMs, toMs: last.toMs }, choice });
}

parentPort?.on('message', (request: PlanRequest | ReadAheadRequest) => {
  if ('range' in request) parentPort?.postMessage(answer(request));
  else void readAhead(request.timeline);
});
