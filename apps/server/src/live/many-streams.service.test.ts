import { randomUUID } from 'node:crypto';
import { MAX_CONNECTIONS, type Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import type { CommunityDto } from '@hindsight/shared/community/community';
import type { LiveEvent } from '@hindsight/shared/live';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { linkServers, type Link } from '../cluster/linked-servers.ts';
import { createLog } from '../log.ts';
import { createApiClient, type ApiClient } from '../testing/api-client.ts';
import { emptyLiveKit, idleRecorder } from '../testing/ports.ts';
import { startTemporaryApp, type TemporaryApp } from '../testing/temporary-app.ts';

/** An account may have this many streams. */
const STREAMS_EACH = 32;
const ACCOUNTS = 10;
/**
 * What a piece of news may cost: what is new, and who may know it, however many hear of it. That takes some ten queries, and a few times
 * as many where a machine is so busy that the streams don't all hear of it at once. Without sharing, it would take hundreds.
 */
const QUERIES_PER_NEWS = 36;

let database: Database;
let server: TemporaryApp;
let elsewhere: Link;
let members: ApiClient[];
let home: CommunityDto;
const end = new AbortController();

/** Each query of the pool counts. The other number is how many waited at most while all connections were taken. */
const asked = { queries: 0, waiting: 0 };
/** The events that streams have received, by stream. */
let heard: LiveEvent[][];
let failures: unknown[];

const channelOf = (kind: 'VOICE' | 'TEXT') =>
  home.channels.find((channel) => channel.kind === kind)?.id ?? '';

beforeAll(async () => {
  database = await openTestDatabase();
  const query = database.pool.query.bind(database.pool) as (...args: unknown[]) => unknown;
  Object.assign(database.pool, {
    query(...args: unknown[]) {
      asked.queries += 1;
      const { totalCount, idleCount, waitingCount } = database.pool;
      if (totalCount === MAX_CONNECTIONS) asked.waiting = Math.max(asked.waiting, waitingCount - idleCount);
      return query(...args);
    },
  });
  server = await startTemporaryApp({}, { database, livekit: emptyLiveKit, recorder: idleRecorder });
  elsewhere = await linkServers({
    url: database.url,
    id: randomUUID(),
    log: createLog({ level: 'silent' }),
  });
  members = await Promise.all(
    Array.from({ length: ACCOUNTS }, async () => {
      const api = createApiClient(server.origin);
      await api.mutate('auth.register', {
        username: `u${randomUUID().slice(0, 8)}`,
        password: 'correct horse',
      });
      return api;
    }),
  );
  const [joined] = (await members[0]?.query<CommunityDto[]>('community.list')) ?? [];
  if (joined === undefined) throw new Error('an instance begins with a community');
  home = joined;

  heard = [];
  failures = [];
  const input = { communityId: home.id, channelIds: [channelOf('VOICE')] };
  for (const api of members)
    for (let count = 0; count < STREAMS_EACH; count++) {
      const events: LiveEvent[] = [];
      heard.push(events);
      void follow(api, input, events).catch((error: unknown) => {
        if (!end.signal.aborted) failures.push(error);
      });
    }
  // Each begins with who is in the channels, who is recorded and the own buffer.
  const areAllOpen = () => heard.every(({ length }) => length >= 3);
  await vi.waitUntil(areAllOpen, 60_000);
}, 90_000);
afterAll(async () => {
  end.abort();
  await elsewhere.servers.leave();
  await elsewhere.close();
  await server.remove();
});

async function follow(api: ApiClient, input: object, events: LiveEvent[]): Promise<void> {
  for await (const event of api.subscribe<LiveEvent>('live.events', input, end.signal)) events.push(event);
  throw new Error('a stream ended');
}

/** Returns how many queries there are until all streams have received this many events more. */
async function queriesUntilHeard(events: number, act: () => Promise<unknown>): Promise<number> {
  const before = heard.map(({ length }) => length);
  const queriesBefore = asked.queries;
  await act();
  await expect
    .poll(() => heard.filter(({ length }, index) => length >= (before[index] ?? 0) + events).length)
    .toBe(heard.length);
  return asked.queries - queriesBefore;
}

/** Something that happened at another server. */
const tell = async (name: string, payload: object) => elsewhere.bus.publish({ name, payload });
const tellOfGap = async () => elsewhere.bus.publish({ gap: true });

it('a change in a channel is read once for all 320 streams that hear of it', async () => {
  const queries = await queriesUntilHeard(1, () => tell('room', { channelId: channelOf('VOICE') }));
  expect(queries).toBeLessThanOrEqual(QUERIES_PER_NEWS);
});

it('a change of the community costs one look at who is a member', async () => {
  const queries = await queriesUntilHeard(1, async () => {
    const { rows } = await database.pool.query<{ userId: string }>('SELECT "userId" FROM "CommunityMember"');
    const memberIds = rows.map(({ userId }) => userId);
    await tell('community', { communityId: home.id, memberIds });
  });
  expect(queries).toBeLessThanOrEqual(QUERIES_PER_NEWS);
});

it('missed events are read again once', async () => {
  const queries = await queriesUntilHeard(2, tellOfGap);
  // Each of the ten has a buffer of their own.
  expect(queries).toBeLessThanOrEqual(QUERIES_PER_NEWS + 4 * ACCOUNTS);
});

it('five messages cost what they cost without streams, nobody waits for a connection, and no stream fails', async () => {
  const write = (api: ApiClient) =>
    api.mutate('message.create', { target: { channelId: channelOf('TEXT') }, text: 'hello' });
  asked.waiting = 0;
  const queries = await queriesUntilHeard(5, () => Promise.all(members.slice(0, 5).map(write)));
  expect(queries).toBeLessThanOrEqual(5 * 30);
  await Promise.all([
    tell('room', { channelId: channelOf('VOICE') }),
    members[9]?.query('quota.mine'),
    tellOfGap(),
  ]);
  expect(asked.waiting).toBe(0);
  expect(failures).toEqual([]);
});
