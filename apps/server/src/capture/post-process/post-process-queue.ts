import { HOUR, MINUTE } from '@hindsight/shared/units';
import type { AppEvents } from '../../events/events.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Log } from '../../log.ts';
import type { PostProcess } from './post-process.ts';

/** The name of the queue is stored, so it stays although the work is called post-processing now. */
const QUEUE = 'polish-clip';
/**
 * A sweep queues this many clips that an earlier version or a failure left, which are done long before the next sweep.
 */
const SWEEP_LIMIT = 200;

interface PostProcessQueueDependencies {
  jobs: Pick<Jobs, 'work' | 'send'>;
  events: Pick<AppEvents, 'listen'>;
  postProcess: PostProcess;
  log: Pick<Log, 'error'>;
}

export interface PostProcessQueue {
  /** Queues clips that were missed. A periodic job calls it. */
  sweep(): Promise<void>;
  close(): void;
}

/** Post-processes clips one after the other as soon as they are READY, across all users. */
export async function startPostProcessQueue({
  jobs,
  events,
  postProcess,
  log,
}: PostProcessQueueDependencies): Promise<PostProcessQueue> {
  const options = { concurrency: 1, retryLimit: 2, retryDelayMs: MINUTE, timeoutMs: HOUR };
  await jobs.work<{ clipId: string }>(QUEUE, options, ({ clipId }, signal) =>
    postProcess.run(clipId, signal),
  );
  const enqueue = (clipId: string) => jobs.send(QUEUE, { clipId });
  const stopListening = events.listen('clip', ({ event }, origin) => {
    if (origin === 'elsewhere') return;
    // The sprite is made first, and a replacing trim removes it, so a clip with a sprite needs nothing.
    if (event.type !== 'changed' || event.clip.status !== 'READY' || event.clip.sprite !== null) return;
    const { id: clipId } = event.clip;
    enqueue(clipId).catch((error: unknown) =>
      log.error({ err: error, clipId }, 'post-processing was not queued'),
    );
  });
  return {
    async sweep() {
      for (const clipId of await postProcess.unfinished(SWEEP_LIMIT)) await enqueue(clipId);
    },
    close: stopListening,
  };
}
