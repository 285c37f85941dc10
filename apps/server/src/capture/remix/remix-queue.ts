import { HOUR, MINUTE } from '@hindsight/shared/units';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Remixes } from './remixes.ts';

const QUEUE = 'remix-clip';

/** Mixes clips anew one after the other, across all users. */
export async function startRemixQueue({
  jobs,
  remixes,
}: {
  jobs: Pick<Jobs, 'work' | 'send'>;
  remixes: Remixes;
}) {
  const options = { concurrency: 1, retryLimit: 2, retryDelayMs: MINUTE, timeoutMs: HOUR };
  await jobs.work<{ clipId: string }>(QUEUE, options, ({ clipId }, signal) => remixes.run(clipId, signal));
  return { enqueueRemix: (clipId: string) => jobs.send(QUEUE, { clipId }) };
}
