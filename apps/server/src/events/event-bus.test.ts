import type { DedicatedQuery } from '@hindsight/db/dedicated-connection';
import { beforeEach, expect, it } from 'vitest';
import { createNotifyBus, type NotifyBus } from './event-bus.ts';

/** Connects two buses, so that one receives what the other sends, as PostgreSQL does, until it refuses. */
let sent: string[][];
let isRefusing: boolean;
let sender: NotifyBus;
let receiver: NotifyBus;
let heard: unknown[];

beforeEach(() => {
  [sent, heard, isRefusing] = [[], [], false];
  const query: DedicatedQuery = async <Row extends object>(_text: string, values: unknown[] = []) => {
    if (isRefusing) throw new Error('the queue of notifications is full');
    const frames = values[0] as string[];
    sent.push(frames);
    frames.forEach((frame) => receiver.receive(frame));
    return [] as Row[];
  };
  sender = createNotifyBus({ serverId: 'one', query, gapDelayMs: 20 });
  receiver = createNotifyBus({ serverId: 'two', query });
  receiver.subscribe({ onValue: (value) => heard.push(value), onGap: () => heard.push('gap') });
  sender.connected(true);
});

it('sends a burst in few statements', async () => {
  for (let n = 0; n < 1000; n++) sender.publish(n);
  await sender.settled();
  expect(heard).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  expect(sent.length).toBeLessThan(10);
});

it('reports a gap after a refused send, and goes on', async () => {
  isRefusing = true;
  sender.publish('lost');
  await sender.settled();
  isRefusing = false;
  await expect.poll(() => heard).toEqual(['gap']);
  sender.publish('afterwards');
  await sender.settled();
  expect(heard).toEqual(['gap', 'afterwards']);
});

it('sends nothing without a connection, and reports the gap with the next one', async () => {
  sender.broken();
  sender.publish('lost');
  sender.connected(false);
  sender.publish('afterwards');
  await sender.settled();
  expect(heard).toEqual(['gap', 'afterwards']);
});
