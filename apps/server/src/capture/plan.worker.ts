import { parentPort } from 'node:worker_threads';
import { layOutClip } from '../mp4/clip-layout.ts';
import type { MediaTrack, SampleRun } from '../mp4/sample-index.ts';
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

const REHEARSED_SECONDS = 120;

/** The first clip of a server is wanted as soon as any other: by then the code that lays it out has been run. */
function rehearse(): void {
  const track = (kind: MediaTrack['kind'], timescale: number, codec: string): MediaTrack => ({
    ...{ id: 1, kind, timescale, codec, width: 2, height: 2, sampleEntry: Buffer.alloc(0) },
    defaults: { duration: 0, sizeBytes: 0, flags: 0 },
  });
  const second = (of: MediaTrack, count: number, at: number): SampleRun => ({
    ...{ track: of, path: 'none', offset: at * 1_000_000, decodeTime: at * of.timescale },
    durations: new Uint32Array(count).fill(of.timescale / count),
    sizes: new Uint32Array(count).fill(100),
    compositionOffsets: new Int32Array(count),
    isKey: Uint8Array.from({ length: count }, (_, index) => (index === 0 ? 1 : 0)),
  });
  const [pictures, sound] = [track('video', 90_000, 'avc1'), track('audio', 48_000, 'Opus')];
  const runs = Array.from({ length: REHEARSED_SECONDS }, (_, at) => [
    second(pictures, 30, at),
    second(sound, 50, at),
  ]).flat();
  layOutClip([{ segments: [{ runs }], startSeconds: 1.5, durationSeconds: REHEARSED_SECONDS - 2 }]);
}

rehearse();
parentPort?.on('message', (request: PlanRequest) => parentPort?.postMessage(answer(request)));
