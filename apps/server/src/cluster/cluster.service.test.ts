import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { beSoleServer } from './cluster.ts';

let dataDir: string;
let database: Database;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hindsight-sole-'));
  database = await openTestDatabase();
});
afterEach(async () => {
  await database.close();
  await rm(dataDir, { recursive: true });
});

it('has what earlier servers left, at once', async () => {
  await database.client.appServer.create({ data: { id: '0199a000-0000-7000-8000-000000000001' } });
  const { servers, close } = await beSoleServer(database, dataDir);
  expect(servers.isLeader()).toBe(true);
  expect(await database.client.appServer.findMany({ select: { id: true } })).toEqual([{ id: servers.id }]);
  await servers.leave();
  await close();
});

it('lets no second server onto its data directory, until it closes', async () => {
  const first = await beSoleServer(database, dataDir);
  await expect(beSoleServer(database, dataDir)).rejects.toThrow(
    `Another server (process ${process.pid}) runs on ${dataDir}.\nStop it, or give this one a folder of its own (DATA_DIR).`,
  );
  expect(await database.client.appServer.findMany({ select: { id: true } })).toEqual([
    { id: first.servers.id },
  ]);
  await first.close();
  const second = await beSoleServer(database, dataDir);
  expect(second.servers.id).not.toBe(first.servers.id);
  await second.close();
});
