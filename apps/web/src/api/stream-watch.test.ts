import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { createStreamWatch, type StreamWatch } from './stream-watch.ts';

const FIRST = {};
const NEXT = {};

let startedAt: number;
/** These are the seconds after the start at which the watch asked. */
let asked: number[];
/** These are the seconds after the start at which the streams fell silent or were heard again. */
let changes: [isSilent: boolean, second: number][];
let watch: StreamWatch;
const second = () => Math.round((performance.now() - startedAt) / SECOND);

beforeEach(() => {
  vi.useFakeTimers();
  startedAt = performance.now();
  asked = [];
  changes = [];
  watch = createStreamWatch({
    onQuiet: () => asked.push(second()),
    onChange: (isSilent) => changes.push([isSilent, second()]),
  });
});
afterEach(() => void vi.useRealTimers());

/** Lets time pass in which a stream says something every two seconds. */
function chatter(ms: number): void {
  for (let passed = 0; passed < ms; passed += 2 * SECOND) {
    vi.advanceTimersByTime(2 * SECOND);
    watch.heard();
  }
}

test('a stream that says something is left alone', () => {
  watch.opened(FIRST);
  chatter(5 * MINUTE);
  expect(asked).toEqual([]);
  expect(changes).toEqual([]);
});

test('a quiet stream is asked for after 5 s, told of after 15, and both end when it is heard', () => {
  watch.opened(FIRST);
  vi.advanceTimersByTime(36 * SECOND);
  expect(asked).toEqual([5, 15, 25, 35]);
  expect(changes).toEqual([[true, 15]]);
  watch.heard();
  chatter(MINUTE);
  expect(asked).toHaveLength(4);
  expect(changes).toEqual([
    [true, 15],
    [false, 36],
  ]);
});

test('a stream that takes the place of a quiet one has to be heard first', () => {
  watch.opened(FIRST);
  vi.advanceTimersByTime(10 * SECOND);
  watch.closed(FIRST);
  watch.opened(NEXT);
  vi.advanceTimersByTime(10 * SECOND);
  watch.closed(NEXT);
  vi.advanceTimersByTime(3 * SECOND);
  watch.opened({});
  expect(changes).toEqual([[true, 15]]);
  watch.heard();
  expect(changes).toHaveLength(2);
});

test('nothing is missed while no stream is open, as in a tab that nobody sees', () => {
  watch.opened(FIRST);
  watch.closed(FIRST);
  vi.advanceTimersByTime(MINUTE);
  watch.opened(NEXT);
  vi.advanceTimersByTime(4 * SECOND);
  expect(asked).toEqual([]);
  expect(changes).toEqual([]);
});
