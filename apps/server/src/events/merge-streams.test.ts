import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createAppEvents } from './events.ts';
import { mergeStreams } from './merge-streams.ts';

async function* counting(name: string, upTo: number, everyMs: number): AsyncGenerator<string> {
  for (let number = 1; number <= upTo; number += 1) {
    await sleep(everyMs);
    yield `${name}${number}`;
  }
}

async function* failing(): AsyncGenerator<string> {
  yield 'before';
  throw new Error('broken');
}

const never = () => new AbortController().signal;

test('yields what each stream yields, and ends with the last', async () => {
  const merged: string[] = [];
  for await (const event of mergeStreams(never(), () => [counting('a', 3, 1), counting('b', 2, 2)]))
    merged.push(event);
  expect(merged.filter((event) => event.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
  expect(merged.filter((event) => event.startsWith('b'))).toEqual(['b1', 'b2']);
});

test('the error of one ends all', async () => {
  const events = createAppEvents();
  let isClosed = false;
  const merged = mergeStreams<unknown>(never(), (signal) => {
    signal.addEventListener('abort', () => (isClosed = true));
    return [failing(), events.stream('mine', signal)];
  });
  await expect(merged.next()).resolves.toMatchObject({ value: 'before' });
  await expect(merged.next()).rejects.toThrow('broken');
  expect(isClosed).toBe(true);
});

test('a consumer that stops ends streams that wait for their next event', async () => {
  const events = createAppEvents();
  const merged = mergeStreams(never(), (signal) => [
    events.stream('mine', signal),
    events.stream('mine', signal),
  ]);
  const first = merged.next();
  events.emit('mine', { userId: 'u', channelId: 'c' });
  await expect(first).resolves.toMatchObject({ value: { userId: 'u', channelId: 'c' } });
  await expect(merged.return(undefined)).resolves.toMatchObject({ done: true });
});

test('an aborted signal ends it', async () => {
  const events = createAppEvents();
  const stop = new AbortController();
  const merged = mergeStreams(stop.signal, (signal) => [events.stream('mine', signal)]);
  const next = merged.next();
  stop.abort();
  await expect(next).resolves.toEqual({ done: true, value: undefined });
});
