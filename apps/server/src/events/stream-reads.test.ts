import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createStreamReads, type StreamReads } from './stream-reads.ts';

let reads: StreamReads;
/** What was read, in the order of the reads. */
let read: string[][];
let underWay: number;
let mostUnderWay: number;
/** A read that has begun waits for this. */
let answered: Promise<unknown>;
let state: number;

beforeEach(() => {
  reads = createStreamReads();
  [read, underWay, mostUnderWay, state] = [[], 0, 0, 0];
  answered = Promise.resolve();
});
afterEach(() => reads.close());

async function readState(keys: string[]): Promise<Map<string, number>> {
  read.push(keys);
  underWay += 1;
  mostUnderWay = Math.max(mostUnderWay, underWay);
  const found = new Map(keys.filter((key) => key !== 'nothing').map((key) => [key, state]));
  await answered;
  underWay -= 1;
  return found;
}

it('what is asked for because of the same news is read once', async () => {
  const ask = reads.shared(readState);
  const answers = await Promise.all([ask('a'), ask('b'), ask('a'), ask('nothing'), setImmediate()]);
  expect(answers.slice(0, 4)).toEqual([0, 0, 0, undefined]);
  expect(read).toEqual([['a', 'b', 'nothing']]);
});

it('what is asked for during a read is read once more, because it may have changed', async () => {
  const ask = reads.shared(readState);
  const gate = Promise.withResolvers<void>();
  answered = gate.promise;
  const before = ask('a');
  await expect.poll(() => read.length).toBe(1);
  state = 1;
  const after = [ask('a'), ask('a')];
  gate.resolve();
  expect(await before).toBe(0);
  expect(await Promise.all(after)).toEqual([1, 1]);
  expect(read).toHaveLength(2);
});

it('no more than four reads are under way at a time, of whatever kind', async () => {
  const gate = Promise.withResolvers<void>();
  answered = gate.promise;
  const answers = Array.from({ length: 20 }, (_, index) => reads.shared(readState)(`${index}`));
  await expect.poll(() => underWay).toBe(4);
  gate.resolve();
  await Promise.all(answers);
  expect(read).toHaveLength(20);
  expect(mostUnderWay).toBe(4);
});

it('a read waits while the database is away, and passes other errors on to everybody who asked', async () => {
  let failure: Error | undefined = new Error('Connection terminated unexpectedly');
  const ask = reads.shared(async (keys) => {
    read.push(keys);
    if (failure !== undefined) throw failure;
    return readState(keys);
  });
  const answer = ask('a');
  await expect.poll(() => read.length).toBeGreaterThan(1);
  failure = undefined;
  expect(await answer).toBe(0);
  failure = new Error('a fault');
  expect(await Promise.allSettled([ask('a'), ask('b')])).toMatchObject([
    { status: 'rejected', reason: failure },
    { status: 'rejected', reason: failure },
  ]);
});
