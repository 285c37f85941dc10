import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WorkerClient } from './worker-client.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => vi.useRealTimers());

it('notices within 2 s that a thread has stopped, and ends it after half a minute', async () => {
  const told: unknown[] = [];
  const client = new WorkerClient({
    spawn: () =>
      new Worker("require('node:worker_threads').parentPort.on('message', () => {})", { eval: true }),
    log: undefined,
    onEvent: () => undefined,
    onPackets: () => undefined,
    hungAfterMs: 30_000,
    onStalled: (isStalled) => told.push(isStalled),
    onDied: (detail) => told.push(detail),
  });
  const call = client.call({ type: 'flush', egressId: 'rec_1' });
  call.catch((error: unknown) => told.push(error));
  vi.advanceTimersByTime(1400);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(600);
  expect(told).toEqual([true]);
  vi.advanceTimersByTime(27_000);
  expect(told).toEqual([true]);
  vi.advanceTimersByTime(3000);
  expect(told).toEqual([true, expect.stringContaining('30000 ms')]);
  await expect(call).rejects.toMatchObject({ code: 'RECORDER_UNAVAILABLE' });
  await client.close();
});
