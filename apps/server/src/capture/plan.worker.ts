import { parentPort } from 'node:worker_threads';
import { layOutClip } from '../mp4/clip-layout.ts';
import { layOutStill } from '../mp4/still-layout.ts';
import { planClip } from './clip-plan.ts';
import { POSTER_BEFORE_END_SECONDS } from './ffmpeg-args.ts';
import type { PlanAnswer, PlannedClip, PlanRequest } from './plan-thread.ts';

function plan({ timeline, range }: PlanRequest, onBroken: (error: Error) => void): PlannedClip | null {
  const planned = planClip(timeline, range, onBroken);
  if (planned === null) return null;
  const layouts = planned.canLayOut
    ? { clip: layOutClip(planned.runs), still: layOutStill(planned.runs, POSTER_BEFORE_END_SECONDS) }
    : null;
  return { plan: { ...planned, runs: planned.runs.map((run) => ({ ...run, segments: [] })) }, layouts };
}

function answer(request: PlanRequest): PlanAnswer {
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

parentPort?.on('message', (request: PlanRequest) => parentPort?.postMessage(answer(request)));
