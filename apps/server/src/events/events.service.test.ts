import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinCluster, type Cluster } from '../cluster/cluster.ts';
import { createLog } from '../log.ts';
import { createAppEvents, type AppEvents } from './events.ts';

const CHANNEL_ID = '0199a000-0000-7000-8000-000000000002';

let database: Database;
let cluster: Cluster;
let events: AppEvents;
beforeAll(async () => {
  database = await openTestDatabase();
  cluster = await joinCluster({ database, log: createLog({ level: 'silent' }) });
  events = createAppEvents(cluster.bus);
});
afterAll(async () => {
  events.close();
  await cluster.servers.leave();
  await cluster.close();
  await database.close();
});

it('calls listeners of this server at once, in order, and until they are removed', () => {
  const heard: unknown[] = [];
  const stop = events.listen('mine', ({ userId }, origin) => heard.push([userId, origin]));
  for (const userId of ['a', 'b']) events.emit('mine', { userId, channelId: CHANNEL_ID });
  expect(heard).toEqual([
    ['a', 'here'],
    ['b', 'here'],
  ]);
  stop();
  events.emit('mine', { userId: 'c', channelId: CHANNEL_ID });
  expect(heard).toHaveLength(2);
});

it('never sends a server its own event again', async () => {
  const heard: string[] = [];
  const stop = events.listen('mine', ({ userId }) => heard.push(userId));
  const other = await joinCluster({ database, log: createLog({ level: 'silent' }) });
  events.emit('mine', { userId: 'mine', channelId: CHANNEL_ID });
  const fromOther = createAppEvents(other.bus);
  fromOther.emit('mine', { userId: 'last', channelId: CHANNEL_ID });
  await expect.poll(() => heard).toEqual(['mine', 'last']);
  stop();
  await other.close();
});

it('streams events from the call on, until it is ended', async () => {
  const end = new AbortController();
  const stream = events.stream('room', end.signal);
  for (const channelId of ['a', 'b']) events.emit('room', { channelId });
  const heard: string[] = [];
  for await (const { channelId } of stream) {
    heard.push(channelId);
    if (heard.length === 2) end.abort();
  }
  expect(heard).toEqual(['a', 'b']);
});

it('leads when it is alone', async () => {
  await expect.poll(() => cluster.servers.isLeader()).toBe(true);
  expect(await cluster.servers.liveIds()).toContain(cluster.servers.id);
});
