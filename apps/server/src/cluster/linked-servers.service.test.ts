import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { startDatabaseProxy } from '@hindsight/db/testing-outages';
import { SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAppEvents, type AppEvents } from '../events/events.ts';
import { createLog } from '../log.ts';
import { linkServers, type Link } from './linked-servers.ts';

const CHANNEL_ID = '0199a000-0000-7000-8000-000000000002';
/** This allows for half a dozen heartbeats and reconnects on a busy machine. */
const PATIENCE = { timeout: 30_000 };

interface Server extends Link {
  events: AppEvents;
  /** These are the events of the others that it has received, by name. */
  heard: unknown[];
  gaps: number;
}

let database: Database;
let servers: Server[];

async function start(url = database.url): Promise<Server> {
  const link = await linkServers({
    url,
    id: randomUUID(),
    log: createLog({ level: 'silent' }),
    beatMs: 200,
  });
  const events = createAppEvents(link.bus);
  const server: Server = { ...link, events, heard: [], gaps: 0 };
  events.listen('community', ({ memberIds }, origin) => {
    if (origin === 'elsewhere') server.heard.push(memberIds);
  });
  events.listen('gap', () => (server.gaps += 1));
  servers.push(server);
  return server;
}

/** Ends its connection and its heartbeats, as when its process is killed. */
async function kill(server: Server): Promise<void> {
  servers.splice(servers.indexOf(server), 1);
  await server.close();
}

function tell(server: Server, ...memberIds: string[]): void {
  server.events.emit('community', { communityId: CHANNEL_ID, memberIds });
}

beforeEach(async () => {
  servers = [];
  database = await openTestDatabase();
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await database.close();
});

describe('events', () => {
  it('reach every other server, in order and whatever their size', async () => {
    const [one, two, three] = await Promise.all([start(), start(), start()]);
    const everybody = Array.from({ length: 10_000 }, () => randomUUID());
    tell(one, 'first');
    tell(one, ...everybody);
    for (let n = 0; n < 500; n++) tell(one, String(n));
    tell(one, 'Zoë', '🦊');
    for (const other of [two, three]) {
      await expect.poll(() => other.heard.length, PATIENCE).toBe(503);
      expect(other.heard.slice(0, 2)).toEqual([['first'], everybody]);
      expect(other.heard.slice(2, -1)).toEqual(Array.from({ length: 500 }, (_, n) => [String(n)]));
      expect(other.heard.at(-1)).toEqual(['Zoë', '🦊']);
      expect(other.gaps).toBe(0);
    }
    expect(one.heard).toEqual([]);
  });

  it('lost with broken connections are reported as a gap on both sides, and the next ones arrive', async () => {
    const [one, two] = [await start(), await start()];
    await database.client.$queryRaw`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'hindsight server' AND datname = current_database()`;
    tell(one, 'while it is broken');
    await expect.poll(() => Math.min(one.gaps, two.gaps), PATIENCE).toBeGreaterThan(0);
    await expect
      .poll(() => {
        tell(one, 'afterwards');
        return two.heard;
      }, PATIENCE)
      .toContainEqual(['afterwards']);
    expect(two.heard).not.toContainEqual(['while it is broken']);
  });
});

describe('servers', () => {
  it('know who is alive, and have one leader', async () => {
    const all = [await start(), await start(), await start()];
    await expect.poll(() => all.filter(({ servers: one }) => one.isLeader()).length, PATIENCE).toBe(1);
    expect(all[0]?.servers.isLeader()).toBe(true);
    expect(new Set(await all[2]?.servers.liveIds())).toEqual(new Set(all.map(({ servers: one }) => one.id)));
  });

  it('notice when one has died, and another one leads', async () => {
    const [one, two, three] = [await start(), await start(), await start()];
    const gone: string[] = [];
    two.servers.onGone((id) => gone.push(id));
    three.servers.onGone((id) => gone.push(id));
    await expect.poll(() => one.servers.isLeader(), PATIENCE).toBe(true);
    await kill(one);
    await expect.poll(() => gone, PATIENCE).toEqual([one.servers.id, one.servers.id]);
    await expect.poll(() => two.servers.isLeader(), PATIENCE).toBe(true);
    expect(one.servers.isLeader()).toBe(false);
    expect(three.servers.isLeader()).toBe(false);
    expect(await two.servers.liveIds()).not.toContain(one.servers.id);
  });

  it('notice at once when one leaves', async () => {
    const [one, two] = [await start(), await start()];
    const gone: string[] = [];
    two.servers.onGone((id) => gone.push(id));
    // It has seen the other server.
    await expect.poll(() => two.servers.isLeader(), PATIENCE).toBe(false);
    await one.servers.leave();
    expect(await two.servers.liveIds()).toEqual([two.servers.id]);
    await expect.poll(() => gone, PATIENCE).toEqual([one.servers.id]);
  });

  it('keep a server whose connection was only broken', async () => {
    const [one, two] = [await start(), await start()];
    const gone: string[] = [];
    for (const each of [one, two]) each.servers.onGone((id) => gone.push(id));
    await database.client.$queryRaw`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'hindsight server' AND datname = current_database()`;
    await expect.poll(() => Math.min(one.gaps, two.gaps), PATIENCE).toBeGreaterThan(0);
    await expect.poll(() => one.servers.isLeader(), PATIENCE).toBe(true);
    expect(gone).toEqual([]);
  });

  it('keep each other through an outage that does not end for both at the same time', async () => {
    const proxies = [await startDatabaseProxy(database.url), await startDatabaseProxy(database.url)] as const;
    const all = [await start(proxies[0].url), await start(proxies[1].url)];
    const gone: string[] = [];
    for (const each of all) {
      each.servers.onGone((id) => gone.push(id));
      each.servers.onForgotten(() => gone.push('forgotten'));
    }
    for (const proxy of proxies) proxy.goAway();
    // Both have tried for so long that they try seldom by now.
    await sleep(4 * SECOND);
    proxies[0].comeBack();
    await sleep(3 * SECOND);
    proxies[1].comeBack();
    // By then the first one would have taken the other for dead.
    await sleep(3 * SECOND);
    expect(gone).toEqual([]);
    expect(await all[1]?.servers.liveIds()).toHaveLength(2);
    await Promise.all(servers.splice(0).map((server) => server.close()));
    for (const proxy of proxies) await proxy.stop();
  });

  it('learn that they were considered gone, and lead only when all others can know of them', async () => {
    const [one, two] = [await start(), await start()];
    await expect.poll(() => one.servers.isLeader(), PATIENCE).toBe(true);
    let forgotten = 0;
    one.servers.onForgotten(() => (forgotten += 1));
    await database.client.appServer.delete({ where: { id: one.servers.id } });
    await expect.poll(() => forgotten, PATIENCE).toBe(1);
    expect(one.servers.isLeader()).toBe(false);
    await expect.poll(() => one.servers.isLeader(), PATIENCE).toBe(true);
    expect(two.servers.isLeader()).toBe(false);
    expect(await two.servers.liveIds()).toContain(one.servers.id);
  });
});
