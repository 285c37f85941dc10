import { HOUR, MINUTE } from '@hindsight/shared/units';
import type { AppEvents } from '../../events/events.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Log } from '../../log.ts';
import type { SmallCopies } from './small-copies.ts';

const QUEUE = 'small-copy';

interface SmallCopyQueueDependencies {
  jobs: Pick<Jobs, 'work' | 'send'>;
  events: Pick<AppEvents, 'listen'>;
  copies: SmallCopies;
  /** Clips that are larger get a small copy. */
  maxBytes: number;
  log: Pick<Log, 'error'>;
}

export interface SmallCopyQueue {
  /** A clip got a link, or lost one. Failures are logged; the next sweep makes up for them. */
  linksChanged(clipId: string): Promise<void>;
  /** Queues what was missed, and deletes copies that nobody needs. A periodic job calls it. */
  sweep(): Promise<void>;
  close(): void;
}

/**
 * Makes small copies one after the other, across all users. They have a queue of their own, because encoding takes
 * minutes, and nobody's post-processing should wait for it.
 */
export async function startSmallCopyQueue({
  jobs,
  events,
  copies,
  maxBytes,
  log,
}: SmallCopyQueueDependencies): Promise<SmallCopyQueue> {
  const options = { concurrency: 1, retryLimit: 1, retryDelayMs: 5 * MINUTE, timeoutMs: 2 * HOUR };
  await jobs.work<{ clipId: string }>(QUEUE, options, ({ clipId }, signal) => copies.run(clipId, signal));
  const enqueue = (clipId: string) => jobs.send(QUEUE, { clipId });

  async function consider(clipId: string): Promise<void> {
    try {
      if (await copies.isWanted(clipId)) await enqueue(clipId);
    } catch (error) {
      log.error({ err: error, clipId }, 'a small copy was not queued');
    }
  }

  const stopListening = events.listen('clip', ({ event }, origin) => {
    if (origin === 'elsewhere' || event.type !== 'changed') return;
    // Most clips are too small to need one, and a press shouldn't cost a query for them.
    if (event.clip.status === 'READY' && event.clip.sizeBytes > maxBytes) void consider(event.clip.id);
  });
  return {
    async linksChanged(clipId) {
      await consider(clipId);
      await copies
        .dropUnneeded()
        .catch((error: unknown) => log.error({ err: error }, 'a small copy was not deleted'));
    },
    async sweep() {
      await copies.dropUnneeded();
      for (const clipId of await copies.wantedIds()) await enqueue(clipId);
    },
    close: stopListening,
  };
}
