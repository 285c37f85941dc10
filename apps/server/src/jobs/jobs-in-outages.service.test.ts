import { isDatabaseAway } from '@hindsight/db/database-away';
import { openInterruptibleDatabase } from '@hindsight/db/testing-outages';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerSoleServer } from '../cluster/servers.ts';
import { createAppEvents } from '../events/events.ts';
import { createLog } from '../log.ts';
import { openBoss } from './boss.ts';
import { createJobs } from './jobs.ts';

let outage: Awaited<ReturnType<typeof openInterruptibleDatabase>>;
let jobs: ReturnType<typeof createJobs>;
let close: () => Promise<void>;
const logged: string[] = [];

beforeAll(async () => {
  outage = await openInterruptibleDatabase();
  const { database } = outage;
  const log = createLog({ level: 'warn', destination: { write: (line) => void logged.push(line) } });
  const servers = await registerSoleServer(database.client);
  const boss = await openBoss(database, log);
  jobs = createJobs({ boss, servers, events: createAppEvents(), log });
  close = async () => {
    await jobs.close();
    await boss.stop({ graceful: false, close: false });
    await database.close();
  };
});
afterAll(() => close());

const unfinished = () =>
  outage.direct.$queryRaw`SELECT state FROM pgboss.job WHERE state NOT IN ('completed')`;

it('jobs that an outage meets are done when it is over, and so are later ones', async () => {
  const done: number[] = [];
  const begun: number[] = [];
  const gate = Promise.withResolvers<void>();
  await jobs.work<{ number: number }>('in-outage', { concurrency: 2 }, async ({ number }) => {
    begun.push(number);
    await gate.promise;
    // The first one needs the database for its work, the other only to be ticked off.
    if (number === 1) await outage.database.client.user.count();
    done.push(number);
  });
  await jobs.send('in-outage', { number: 1 });
  await jobs.send('in-outage', { number: 2 });
  await expect.poll(() => begun.length).toBe(2);
  outage.proxy.goAway();
  gate.resolve();
  await expect.poll(() => done).toContain(2);
  await expect.poll(() => begun.filter((number) => number === 1).length).toBeGreaterThan(1);
  expect(done).not.toContain(1);
  outage.proxy.comeBack();
  await expect.poll(() => done).toContain(1);
  await jobs.send('in-outage', { number: 3 });
  await expect.poll(() => new Set(done)).toEqual(new Set([1, 2, 3]));
  await expect.poll(unfinished).toEqual([]);
  expect(logged).toEqual([]);
});

it('a chore that an outage meets is done soon after it, however seldom it is due', async () => {
  let runs = 0;
  outage.proxy.goAway();
  jobs.everyHere('seldom', 3_600_000, async () => {
    await outage.database.client.user.count();
    runs += 1;
  });
  await expect(outage.database.client.user.count()).rejects.toSatisfy(isDatabaseAway);
  outage.proxy.comeBack();
  await expect.poll(() => runs).toBe(1);
});
