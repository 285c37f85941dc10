import type { ReplayClip } from '@hindsight/db/client';
import { MINUTE } from '@hindsight/shared/units';
import type { Jobs } from '../../jobs/jobs.ts';
import type { ClipFileWriter } from '../instant/clip-file-writer.ts';
import type { Finalizer } from './finalizer.ts';

const CAPTURES = 'finalize-clip';
const TRIMS = 'trim-clip';
/** Copying is bound by the disk, and the recorder and the people talking need the processors. */
const CAPTURE_CONCURRENCY = 2;
/** Each encodes; captures don't wait behind them. */
const TRIM_CONCURRENCY = 1;

const FILES = 'write-clip-file';
/** Nobody waits for the file: the disk is left to the recorders. */
const FILE_CONCURRENCY = 1;
/** Beyond what ffmpeg's own time limits allow for the longest clip. */
const TIMEOUT_MS = 60 * MINUTE;

interface ClipJob {
  clipId: string;
}

export interface FinalizeQueue {
  /** Stores a clip that is to be finalized. */
  enqueue(clip: Pick<ReplayClip, 'id' | 'trimFromMs'>): Promise<void>;
  /** Has the finalizer work the queues off from now on, beginning with what an earlier run left in them. */
  start(finalizer: Pick<Finalizer, 'run'>): Promise<void>;
}

export interface FileQueue {
  enqueueFile(clipId: string): Promise<void>;
}

/** The file writer behind a durable queue. What failed is tried again by the next sweep: there may be room by then. */
export async function startFileQueue({
  jobs,
  files,
}: {
  jobs: Pick<Jobs, 'work' | 'send'>;
  files: Pick<ClipFileWriter, 'write'>;
}): Promise<FileQueue> {
  const options = { concurrency: FILE_CONCURRENCY, timeoutMs: TIMEOUT_MS };
  await jobs.work<ClipJob>(FILES, options, ({ clipId }, signal) => files.write(clipId, signal));
  return { enqueueFile: (clipId) => jobs.send(FILES, { clipId } satisfies ClipJob) };
}

/**
 * Creates the durable queues of captures and trims that are to be finalized. Tries are counted on the clip, so the queues
 * themselves repeat nothing.
 */
export function createFinalizeQueue({ jobs }: { jobs: Pick<Jobs, 'work' | 'send'> }): FinalizeQueue {
  return {
    enqueue: ({ id, trimFromMs }) =>
      jobs.send(trimFromMs === null ? CAPTURES : TRIMS, { clipId: id } satisfies ClipJob),
    async start(finalizer) {
      const queues = [
        { name: CAPTURES, concurrency: CAPTURE_CONCURRENCY },
        { name: TRIMS, concurrency: TRIM_CONCURRENCY },
      ];
      for (const { name, concurrency } of queues) {
        await jobs.work<ClipJob>(name, { concurrency, timeoutMs: TIMEOUT_MS }, ({ clipId }, signal) =>
          finalizer.run(clipId, signal),
        );
      }
    },
  };
}
