import type { ReplayClip } from '@hindsight/db/client';
import { MINUTE } from '@hindsight/shared/units';
import type { Jobs } from '../jobs/jobs.ts';
import type { Finalizer } from './finalizer.ts';

const CAPTURES = 'finalize-clip';
const TRIMS = 'trim-clip';
/** Copying is bound by the disk, and the recorder and the people talking need the processors. */
const CAPTURE_CONCURRENCY = 2;
/** Each encodes; captures don't wait behind them. */
const TRIM_CONCURRENCY = 1;
/** Beyond what ffmpeg's own time limits allow for the longest clip. */
const TIMEOUT_MS = 60 * MINUTE;

interface FinalizeJob {
  clipId: string;
}

export interface FinalizeQueue {
  enqueue(clip: Pick<ReplayClip, 'id' | 'trimFromMs'>): Promise<void>;
}

/** The finalizer behind durable queues. Tries are counted on the clip, so the queues themselves repeat nothing. */
export async function startFinalizeQueue({
  jobs,
  finalizer,
}: {
  jobs: Pick<Jobs, 'work' | 'send'>;
  finalizer: Pick<Finalizer, 'run'>;
}): Promise<FinalizeQueue> {
  const queues = [
    { name: CAPTURES, concurrency: CAPTURE_CONCURRENCY },
    { name: TRIMS, concurrency: TRIM_CONCURRENCY },
  ];
  for (const { name, concurrency } of queues) {
    await jobs.work<FinalizeJob>(name, { concurrency, timeoutMs: TIMEOUT_MS }, ({ clipId }, signal) =>
      finalizer.run(clipId, signal),
    );
  }
  return {
    enqueue: ({ id, trimFromMs }) =>
      jobs.send(trimFromMs === null ? CAPTURES : TRIMS, { clipId: id } satisfies FinalizeJob),
  };
}
