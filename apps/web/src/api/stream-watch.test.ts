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
/** These are the seconds after the start at which the server was not heard at all any more, or was heard again. */
let unheard: [isUnheard: boolean, second: number][];
let watch: StreamWatch;
const second = () => Math.round((performance.now() - startedAt) / SECOND);

beforeEach(() => {
  vi.useFakeTimers();
  startedAt = performance.now();
  asked = [];
  changes = [];
  unheard = [];
  watch = createStreamWatch({
    onQuiet: () => asked.push(second()),
    onChange: (isSilent) => changes.push([isSilent, second()]),
    onUnheard: (isUnheard) => unheard.push([isUnheard, second()]),
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

test('a silent stream leaves nothing in doubt while the page’s questions are answered', () => {
  watch.opened(FIRST);
  for (let passed = 0; passed < 2 * MINUTE; passed += 10 * SECOND) {
    vi.advanceTimersByTime(10 * SECOND);
    watch.answered();
  }
  expect(changes).toEqual([[true, 15]]);
  expect(unheard).toEqual([]);
});

test.each([90 * SECOND, 5 * MINUTE, 15 * MINUTE, 12 * 60 * MINUTE])(
  'through an outage of %i ms, what is shown is in doubt from 15 s on until something is heard',
  (outageMs) => {
    watch.opened(FIRST);
    chatter(MINUTE);
    vi.advanceTimersByTime(outageMs);
    expect(unheard).toEqual([[true, 75]]);
    watch.answered();
    expect(unheard).toEqual([
      [true, 75],
      [false, (MINUTE + outageMs) / SECOND],
    ]);
  },
);

test.each([
  // A computer sleeps: its monotonic clock may stand still, and timers run late.
  ['slept', 12 * 60 * MINUTE, 0],
  // A tab is frozen: only its timers stand still.
  ['was frozen', 5 * MINUTE, 5 * MINUTE],
])(
  'when the page %s, all is in doubt and asked for within a second of its waking',
  (_how, clockMs, ticksMs) => {
    watch.opened(FIRST);
    chatter(MINUTE);
    const now = performance.now.bind(performance);
    const ticks = vi.spyOn(performance, 'now').mockImplementation(() => now() + ticksMs);
    vi.setSystemTime(Date.now() + clockMs);
    vi.advanceTimersByTime(1 * SECOND);
    expect(unheard.map(([isUnheard]) => isUnheard)).toEqual([true]);
    expect(changes.map(([isSilent]) => isSilent)).toEqual([true]);
    expect(asked).toHaveLength(1);
    watch.heard();
    expect(unheard.map(([isUnheard]) => isUnheard)).toEqual([true, false]);
    ticks.mockRestore();
  },
);
