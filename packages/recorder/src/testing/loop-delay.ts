import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { BroadcastChannel } from 'node:worker_threads';
import type { LoopDelay, ThreadSample } from './recorder-process.ts';

/** A recording thread is asked for a sample of itself on this channel. */
export const SAMPLE_CHANNEL = 'recorder-thread-sample';
export type SampleMessage =
  | { type: 'ask'; collectsGarbage: boolean }
  | { type: 'sample'; sample: ThreadSample };

/** Calls the listener with the messages of a channel. */
export function hear(channel: BroadcastChannel, listener: (message: SampleMessage) => void): void {
  channel.addEventListener('message', (event) => {
    if (event instanceof MessageEvent) listener(event.data);
  });
}

const RESOLUTION_MS = 20;
const NS_PER_MS = 1e6;

/** Watches this thread's event loop from now on. */
export function watchLoopDelay(): { take(): LoopDelay } {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // The histogram measures the time between two rounds of a timer.
  const late = (ns: number): number => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
  return {
    /** Returns the delays since the last call. */
    take() {
      const delay = {
        medianMs: late(histogram.percentile(50)),
        p99Ms: late(histogram.percentile(99)),
        maxMs: late(histogram.max),
      };
      histogram.reset();
      return delay;
    },
  };
}
