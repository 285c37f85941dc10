import { MINUTE } from '@hindsight/shared/units';
import type { Jobs } from '../jobs/jobs.ts';
import type { Finalizer } from './finalizer.ts';

const QUEUE = 'finalize-clip';
/** Copying is bound by the disk, and the recorder and the people talking need the processors. */
const CONCURRENCY = 2;
/** Beyond what ffmpeg's own time limits allow for the longest clip. */
const TIMEOUT_MS = 60 * MINUTE;

interface FinalizeJob {
  clipId: string;
}

export interface FinalizeQueue {
  enqueue(clipId: string): Promise<void>;
}

/** The finalizer behind a durable queue. Tries are counted on the clip, so the queue itself repeats nothing. */
export async function startFinalizeQueue({
  jobs,
  finalizer,
}: {
  jobs: Pick<Jobs, 'work' | 'send'>;
  finalizer: Pick<Finalizer, 'run'>;
}): Promise<FinalizeQueue> {
  await jobs.work<FinalizeJob>(
    QUEUE,
    { concurrency: CONCURRENCY, timeoutMs: TIMEOUT_MS },
    ({ clipId }, signal) => finalizer.run(clipId, signal),
  );
  return { enqueue: (clipId) => jobs.send(QUEUE, { clipId } satisfies FinalizeJob) };
}
