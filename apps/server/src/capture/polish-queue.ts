import { HOUR, MINUTE } from '@hindsight/shared/units';
import type { AppEvents } from '../events/events.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../log.ts';
import type { Polish } from './polish.ts';

const QUEUE = 'polish-clip';
/** What an earlier version or a failure left; as many at a time as are done long before the next look. */
const SWEEP_LIMIT = 200;

interface PolishQueueDependencies {
  jobs: Pick<Jobs, 'work' | 'send'>;
  events: Pick<AppEvents, 'listen'>;
  polish: Polish;
  log: Pick<Log, 'error'>;
}

export interface PolishQueue {
  /** Takes up what was missed. For a periodic job. */
  sweep(): Promise<void>;
  close(): void;
}

/** Clips are polished one after the other, whoever's they are, as soon as they are READY. */
export async function startPolishQueue({
  jobs,
  events,
  polish,
  log,
}: PolishQueueDependencies): Promise<PolishQueue> {
  const options = { concurrency: 1, retryLimit: 2, retryDelayMs: MINUTE, timeoutMs: HOUR };
  await jobs.work<{ clipId: string }>(QUEUE, options, ({ clipId }, signal) => polish.run(clipId, signal));
  const enqueue = (clipId: string) => jobs.send(QUEUE, { clipId });
  const stopListening = events.listen('clip', ({ event }, origin) => {
    if (origin === 'elsewhere') return;
    // The sprite is the first that is made, and what a trim in place takes away.
    if (event.type !== 'changed' || event.clip.status !== 'READY' || event.clip.sprite !== null) return;
    const { id: clipId } = event.clip;
    enqueue(clipId).catch((error: unknown) => log.error({ err: error, clipId }, 'polishing was not queued'));
  });
  return {
    async sweep() {
      for (const clipId of await polish.unfinished(SWEEP_LIMIT)) await enqueue(clipId);
    },
    close: stopListening,
  };
}
