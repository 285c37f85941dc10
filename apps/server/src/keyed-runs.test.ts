import { expect, it } from 'vitest';
import { KeyedRuns } from './keyed-runs.ts';

/** Makes runs that last until they are let go, and lists them by what was true when they began. */
function stage() {
  const began: string[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  let truth = 0;
  const runs = new KeyedRuns();
  return {
    run: (key: string) =>
      runs.run(key, async () => {
        began.push(`${key}${truth}`);
        const end = Promise.withResolvers<void>();
        waiting.push(end);
        await end.promise;
      }),
    settled: () => runs.settled(),
    began,
    change: () => void (truth += 1),
    endOldest: () => waiting.shift()?.resolve(),
    failOldest: () => waiting.shift()?.reject(new Error('no')),
  };
}

it('runs once more for everything that was asked for during a run, with what is true by then', async () => {
  const { run, began, change, endOldest } = stage();
  const first = run('a');
  change();
  const later = [run('a'), run('a')];
  change();
  later.push(run('a'));
  expect(began).toEqual(['a0']);
  endOldest();
  await first;
  await expect.poll(() => began).toEqual(['a0', 'a2']);
  endOldest();
  await Promise.all(later);
  expect(began).toEqual(['a0', 'a2']);
});

it('runs different keys at the same time', async () => {
  const { run, began, endOldest } = stage();
  const both = [run('a'), run('b')];
  expect(began).toEqual(['a0', 'b0']);
  endOldest();
  endOldest();
  await Promise.all(both);
});

it('never runs one key twice at a time, also for who asks at the very end of a run', async () => {
  let now = 0;
  let most = 0;
  const runs = new KeyedRuns();
  const work = async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise(setImmediate);
    now -= 1;
  };
  const askAgain = async (times: number): Promise<void> => {
    await runs.run('a', work);
    if (times > 0) await Promise.all([askAgain(times - 1), askAgain(times - 1)]);
  };
  await askAgain(6);
  expect(most).toBe(1);
});

it('goes on after a run that failed, which only those hear of who asked for it', async () => {
  const { run, failOldest, endOldest } = stage();
  const failing = run('a');
  const later = run('a');
  failOldest();
  await expect(failing).rejects.toThrow('no');
  await expect.poll(endOldest).toBe(undefined);
  await expect.poll(() => (endOldest(), later)).toBe(undefined);
});

it('is settled when nothing runs or waits', async () => {
  const { run, settled, endOldest } = stage();
  let isSettled = false;
  void run('a');
  void run('a');
  const noticed = settled().then(() => (isSettled = true));
  endOldest();
  await new Promise(setImmediate);
  expect(isSettled).toBe(false);
  endOldest();
  await noticed;
});
