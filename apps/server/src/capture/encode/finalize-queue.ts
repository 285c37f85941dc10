import type { ReplayClip } from '@hindsight/db/client';
import { MINUTE } from '@hindsight/shared/units';
import type { Jobs } from '../../jobs/jobs.ts';
import type { ClipFileWriter } from '../instant/clip-file-writer.ts';
import { isFromBuffer } from '../lifecycle/clip-source.ts';
import type { Finalizer } from './finalizer.ts';

const CAPTURES = 'finalize-clip';
const TRIMS = 'trim-clip';
/** Few captures are copied at once: the disk limits them, and the recorder and the calls need the processors. */
const CAPTURE_CONCURRENCY = 2;
/** Each trim or join encodes, so only one runs at a time. Captures have a queue of their own and don't wait behind them. */
const TRIM_CONCURRENCY = 1;

const FILES = 'write-clip-file';
/** Nobody waits for the file, so the disk is left to the recorders. */
const FILE_CONCURRENCY = 1;
/** This is longer than ffmpeg's own time limits for the longest clip. */
const TIMEOUT_MS = 60 * MINUTE;

interface ClipJob {
  clipId: string;
}

export interface FinalizeQueue {
  /** Queues a clip that is to be finalized. */
  enqueue(clip: Pick<ReplayClip, 'id' | 'trimFromMs' | 'joinOfIds'>): Promise<void>;
  /** Starts to finalize queued clips, beginning with those that an earlier run left. */
  start(finalizer: Pick<Finalizer, 'run'>): Promise<void>;
}

export interface FileQueue {
  enqueueFile(clipId: string): Promise<void>;
}

/**
 * Starts the durable queue of files to write. A file that failed is queued again by the next sweep, because there may be
 * space by then.
 */
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
 * Creates the durable queues of captures, and of trims and joins, that are to be finalized. The queues don't retry, because attempts are
 * counted on the clip.
 */
export function createFinalizeQueue({ jobs }: { jobs: Pick<Jobs, 'work' | 'send'> }): FinalizeQueue {
  return {
    enqueue: (clip) =>
      jobs.send(isFromBuffer(clip) ? CAPTURES : TRIMS, { clipId: clip.id } satisfies ClipJob),
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
