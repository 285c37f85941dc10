import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createDatabaseOutage } from './database-outage.ts';
import { retryWhileDatabaseIsAway } from './database-retry.ts';
import { inLogContext } from './log-context.ts';
import { createLog, type LogLevel } from './log.ts';

const away = () => new Error('Connection terminated unexpectedly');

/** A database that tests take away, with a log of what happens. */
function openWatched(level: LogLevel = 'info') {
  const lines: { level: number; msg: string; reason?: string }[] = [];
  const outage = createDatabaseOutage();
  const log = createLog({
    level,
    destination: { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
    onDatabaseAway: outage.noticed,
  });
  const database = { isAway: false, probes: 0 };
  outage.watch({
    log,
    async probe() {
      database.probes += 1;
      if (database.isAway) throw away();
    },
  });
  return { outage, log, lines, database };
}

it('an outage is logged once when it begins and once when it ends, however much fails meanwhile', async () => {
  const { outage, log, lines, database } = openWatched();
  let timesBack = 0;
  outage.onBack(() => (timesBack += 1));
  database.isAway = true;
  inLogContext({ requestId: 'one of many' }, () => {
    for (let count = 0; count < 1000; count++) log.error({ err: away() }, 'something failed');
  });
  await sleep(0);
  log.warn({ err: away() }, 'something else failed');
  log.error({ err: new Error('a fault') }, 'not because of the database');
  database.isAway = false;
  await expect.poll(() => timesBack).toBe(1);
  expect(lines.map(({ msg }) => msg)).toEqual([
    'the database is away',
    'not because of the database',
    'the database is back',
  ]);
  expect(lines[0]?.reason).toBe('Connection terminated unexpectedly');
  expect(lines[0]).not.toHaveProperty('requestId');

  log.error({ err: away() }, 'again');
  await expect.poll(() => timesBack).toBe(2);
  await outage.close();
});

it('at level debug each failure has its line', async () => {
  const { outage, log, lines } = openWatched('debug');
  log.error({ err: away() }, 'something failed');
  log.fatal({ err: away() }, 'the end');
  await outage.close();
  expect(lines.filter(({ msg }) => msg === 'something failed')).toMatchObject([{ level: 20 }]);
  expect(lines.filter(({ msg }) => msg === 'the end')).toMatchObject([{ level: 60 }]);
});

it('work is repeated until the database is back, and not because of other errors', async () => {
  let calls = 0;
  const work = async () => {
    calls += 1;
    if (calls < 4) throw away();
    return 'done';
  };
  expect(await retryWhileDatabaseIsAway(work)).toBe('done');
  expect(calls).toBe(4);
  const fault = new Error('a fault');
  await expect(retryWhileDatabaseIsAway(() => Promise.reject(fault))).rejects.toBe(fault);
});

it('work is given up after a time, and when it is aborted', async () => {
  const [late, aborted] = [away(), away()];
  let calls = 0;
  const fail = (error: Error) => () => {
    calls += 1;
    return Promise.reject(error);
  };
  await expect(retryWhileDatabaseIsAway(fail(late), { forMs: 0 })).rejects.toBe(late);
  expect(calls).toBe(1);
  const end = new AbortController();
  const work = retryWhileDatabaseIsAway(fail(aborted), { signal: end.signal });
  end.abort();
  await expect(work).rejects.toBe(aborted);
});
