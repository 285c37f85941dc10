import { expect, it } from 'vitest';
import { pressMoment } from './press-moment.ts';

const RECEIVED_AT = Date.UTC(2026, 10, 21, 10);
const iso = (ms: number) => new Date(RECEIVED_AT + ms).toISOString();

it.each([
  ['its age before the arrival', { pressedAgoMs: 400 }, -400],
  [
    'no later than what its sender knows of the clock here',
    { pressedAgoMs: 400, pressedBefore: iso(-25_400) },
    -25_400,
  ],
  [
    'not later because its sender knows less of that clock',
    { pressedAgoMs: 400, pressedBefore: iso(90) },
    -400,
  ],
])('a press was %s', (_what, press, expected) => {
  expect(pressMoment(press, RECEIVED_AT) - RECEIVED_AT).toBe(expected);
});
