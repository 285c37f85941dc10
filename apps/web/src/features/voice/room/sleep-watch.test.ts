import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { watchSleep } from './sleep-watch.ts';

let wokeFrom: number[];
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  wokeFrom = [];
  stop = watchSleep({ longerThanMs: 15 * MINUTE, onWake: (awakeUntil) => wokeFrom.push(awakeUntil) });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

test('a night asleep is told once, as soon as the page is awake', () => {
  vi.advanceTimersByTime(MINUTE);
  const asleepAt = Date.now();
  vi.setSystemTime(asleepAt + 12 * 60 * MINUTE);
  vi.advanceTimersByTime(5 * SECOND);
  expect(wokeFrom).toEqual([asleepAt]);
  vi.advanceTimersByTime(60 * MINUTE);
  expect(wokeFrom).toHaveLength(1);
});

test.each([
  ['a tab in the background, whose timers run once a minute', MINUTE],
  ['a short sleep', 14 * MINUTE],
])('%s is nothing', (_what, ms) => {
  vi.setSystemTime(Date.now() + ms);
  vi.advanceTimersByTime(5 * SECOND);
  expect(wokeFrom).toEqual([]);
});

test('nothing is told after its end', () => {
  stop();
  vi.setSystemTime(Date.now() + 60 * MINUTE);
  vi.advanceTimersByTime(MINUTE);
  expect(wokeFrom).toEqual([]);
});
