import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WorkerClient } from './worker-client.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => vi.useRealTimers());

const QUIET = {
  log: undefined,
  onEvent: () => undefined,
  onPackets: () => undefined,
  hungAfterMs: 30_000,
  onStalled: () => undefined,
  onDied: () => undefined,
};

it('ends the rest of a thread with each call', async () => {
  const resting = new Int32Array(new SharedArrayBuffer(4));
  const client = new WorkerClient({
    ...QUIET,
    spawn: (calls) => {
      const program = `
        const { parentPort, workerData } = require('node:worker_threads');
        parentPort.on('message', ({ callId }) => {
          parentPort.postMessage({ type: 'answer', callId, readableToMs: callId });
          setImmediate(() => {
            Atomics.add(workerData.resting, 0, 1);
            Atomics.wait(workerData.calls, 0, 0);
          });
        });`;
      return new Worker(program, { eval: true, workerData: { calls, resting } });
    },
  });
  for (const callId of [1, 2, 3]) {
    expect(await client.call({ type: 'flush', egressId: 'rec_1' })).toBe(callId);
    await vi.waitUntil(() => Atomics.load(resting, 0) === callId);
    // It has said that it is about to rest.
    await sleep(50);
  }
  await client.close();
});

it('lets a thread rest only while all its calls are answered', async () => {
  const client = new WorkerClient({
    ...QUIET,
    spawn: (calls) => {
      // It answers how often it could rest since the answer before, and while it answers.
      const program = `
        const { parentPort, workerData } = require('node:worker_threads');
        let rests = 0;
        const rest = () => void (rests += Atomics.wait(workerData.calls, 0, 0, 1) === 'timed-out');
        const answer = (callId) => {
          parentPort.postMessage({ type: 'answer', callId, readableToMs: rests });
          rests = 0;
        };
        parentPort.on('message', ({ type, callId }) => {
          if (type === 'stop') rest();
          answer(callId);
        });
        setInterval(rest, 5);`;
      return new Worker(program, { eval: true, workerData: { calls } });
    },
  });
  const stop = () => client.call({ type: 'stop', egressId: 'rec_1' });
  const flush = () => client.call({ type: 'flush', egressId: 'rec_1' });
  await flush();
  await sleep(100);
  expect(await flush()).toBeGreaterThan(0);
  expect(await Promise.all([stop(), stop(), stop()])).toEqual([0, 0, 0]);
  await sleep(100);
  expect(await flush()).toBeGreaterThan(0);
  await client.close();
});

it('notices within 2 s that a thread has stopped, and ends it after half a minute', async () => {
  const told: unknown[] = [];
  const client = new WorkerClient({
    ...QUIET,
    spawn: () =>
      new Worker("require('node:worker_threads').parentPort.on('message', () => {})", { eval: true }),
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
