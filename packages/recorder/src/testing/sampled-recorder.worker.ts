import { BroadcastChannel } from 'node:worker_threads';
import { hear, SAMPLE_CHANNEL, watchLoopDelay, type SampleMessage } from './loop-delay.ts';

// This is the recorder's thread, which also reports its resources when it is asked.

const channel = new BroadcastChannel(SAMPLE_CHANNEL);
const delay = watchLoopDelay();
await import('../recorder.worker.ts');

hear(channel, (message) => {
  if (message.type !== 'ask') return;
  if (message.collectsGarbage) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const sample = { usedBytes: heapUsed + external, delay: delay.take() };
  channel.postMessage({ type: 'sample', sample } satisfies SampleMessage);
});
