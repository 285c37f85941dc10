import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { rejoin, type RejoinTry } from './rejoin.ts';

let startedAt: number;
/** These are the seconds after the loss at which it was tried. */
let triedAt: number[];
let stay: AbortController;
let tryNow: (() => void) | null;

beforeEach(() => {
  vi.useFakeTimers();
  startedAt = Date.now();
  triedAt = [];
  stay = new AbortController();
  tryNow = null;
});
afterEach(() => void vi.useRealTimers());

/** Starts coming back; each try has the next of these outcomes, and the last one from then on. */
function comeBack(...outcomes: [RejoinTry, ...RejoinTry[]]) {
  return rejoin({
    async attempt() {
      triedAt.push(Math.round((Date.now() - startedAt) / SECOND));
      return outcomes[Math.min(triedAt.length, outcomes.length) - 1] ?? 'unreachable';
    },
    lostAt: startedAt,
    signal: stay.signal,
    nudge(now) {
      tryNow = now;
      return () => (tryNow = null);
    },
  });
}

test('tries at once, then less and less often, until it is back', async () => {
  const back = comeBack(
    'unreachable',
    'unreachable',
    'unreachable',
    'unreachable',
    'unreachable',
    'unreachable',
    'joined',
  );
  await vi.advanceTimersByTimeAsync(MINUTE);
  await expect(back).resolves.toBe('joined');
  expect(triedAt).toEqual([0, 1, 3, 7, 15, 25, 35]);
});

test.each([90 * SECOND, 5 * MINUTE, 14 * MINUTE])(
  'is back soon after an outage of %i ms',
  async (outageMs) => {
    let isUp = false;
    const back = rejoin({
      attempt: async () => (isUp ? 'joined' : 'unreachable'),
      lostAt: startedAt,
      signal: stay.signal,
      nudge: () => () => undefined,
    });
    await vi.advanceTimersByTimeAsync(outageMs);
    isUp = true;
    await vi.advanceTimersByTimeAsync(10 * SECOND);
    await expect(back).resolves.toBe('joined');
  },
);

test('tries at once when the browser says that it is online again', async () => {
  const back = comeBack('unreachable', 'unreachable', 'unreachable', 'unreachable', 'unreachable', 'joined');
  await vi.advanceTimersByTimeAsync(16 * SECOND);
  tryNow?.();
  await vi.advanceTimersByTimeAsync(0);
  await expect(back).resolves.toBe('joined');
  expect(triedAt.at(-1)).toBe(16);
});

test('after a quarter of an hour nobody is brought back without a click', async () => {
  const back = comeBack('unreachable');
  await vi.advanceTimersByTimeAsync(16 * MINUTE);
  await expect(back).resolves.toBe('too-late');
  expect(triedAt.at(-1)).toBeLessThanOrEqual(15 * 60);
  expect(triedAt.at(-1)).toBeGreaterThan(14 * 60 + 45);
});

test('nor after a night asleep, though hardly any time passed for the page', async () => {
  const back = comeBack('unreachable', 'joined');
  await vi.advanceTimersByTimeAsync(100);
  vi.setSystemTime(Date.now() + 12 * 60 * MINUTE);
  await vi.advanceTimersByTimeAsync(2 * SECOND);
  await expect(back).resolves.toBe('too-late');
  expect(triedAt).toEqual([0]);
});

test('waits for its own trace in the channel to go, and takes nothing away from another tab or device', async () => {
  const back = comeBack('elsewhere', 'elsewhere', 'joined');
  await vi.advanceTimersByTimeAsync(10 * SECOND);
  await expect(back).resolves.toBe('joined');

  triedAt = [];
  const taken = comeBack('elsewhere');
  await vi.advanceTimersByTimeAsync(MINUTE);
  await expect(taken).resolves.toBe('elsewhere');
});

test('a refusal is final', async () => {
  const back = comeBack('unreachable', 'refused');
  await vi.advanceTimersByTimeAsync(10 * SECOND);
  await expect(back).resolves.toBe('refused');
  expect(triedAt).toEqual([0, 1]);
});

test('nothing more is tried once the person has left', async () => {
  const back = comeBack('unreachable');
  await vi.advanceTimersByTimeAsync(2 * SECOND);
  stay.abort();
  await expect(back).resolves.toBe('cancelled');
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(triedAt).toEqual([0, 1]);
  expect(tryNow).toBeNull();
});
