import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE, SECOND } from '@hindsight/shared/units';
import { createPressClock, type PressClock } from './press-clock.ts';

/** The server's clock is ahead of the monotonic clock by this. */
const SERVER_OFFSET_MS = Date.UTC(2026, 10, 21);

let now: number;
/** The wall clock here is wrong. */
let wallOffsetMs: number;
let serverOffsetMs: number;
let clock: PressClock;
beforeEach(() => {
  now = 1000;
  wallOffsetMs = SERVER_OFFSET_MS - 3 * HOUR;
  serverOffsetMs = SERVER_OFFSET_MS;
  clock = createPressClock({ monotonicNow: () => now, wallNow: () => now + wallOffsetMs });
});

/** Brings an answer whose request took these times there and back. */
function answer({ thereMs, backMs }: { thereMs: number; backMs: number }): void {
  const sentAt = now;
  now += thereMs;
  const serverMs = now + serverOffsetMs;
  now += backMs;
  clock.observe({ sentAt, answeredAt: now, serverMs });
}

/** Returns how much later than the press the server may take it to have been, as told by a request that is sent now. */
function toldLaterByMs(pressedAt: number, moment = clock.mark(pressedAt)): number | null {
  const { pressedBefore } = clock.momentOf(moment);
  return pressedBefore === undefined ? null : Date.parse(pressedBefore) - serverOffsetMs - pressedAt;
}

describe('the age of a press', () => {
  test('is worked out anew whenever it is sent', () => {
    const moment = clock.mark(now);
    now += 400;
    expect(clock.momentOf(moment)).toEqual({ pressedAgoMs: 400 });
    now += 25 * SECOND;
    expect(clock.momentOf(moment)).toEqual({ pressedAgoMs: 25_400 });
  });

  test('counts while the machine sleeps', () => {
    const moment = clock.mark(now);
    now += 100;
    wallOffsetMs += HOUR;
    expect(clock.momentOf(moment).pressedAgoMs).toBe(HOUR + 100);
  });

  test('does not change when the wall clock is corrected a little', () => {
    const moment = clock.mark(now);
    now += 100;
    wallOffsetMs += 900;
    expect(clock.momentOf(moment).pressedAgoMs).toBe(100);
  });
});

describe("the server's time of a press", () => {
  test('is not told before the server has answered', () => {
    expect(toldLaterByMs(now)).toBeNull();
  });

  test('is late by no more than the quickest request took on its way there', () => {
    answer({ thereMs: 300, backMs: 5 });
    expect(toldLaterByMs(now)).toBe(300);
    answer({ thereMs: 20, backMs: 900 });
    answer({ thereMs: 5000, backMs: 5 });
    expect(toldLaterByMs(now)).toBeGreaterThanOrEqual(20);
    expect(toldLaterByMs(now)).toBeLessThan(22);
  });

  test('may be late by a little more when the clocks had time to drift apart', () => {
    answer({ thereMs: 20, backMs: 20 });
    now += 10 * MINUTE;
    expect(toldLaterByMs(now)).toBe(80);
  });

  test("follows a server's clock that was set back or forward", () => {
    answer({ thereMs: 20, backMs: 20 });
    serverOffsetMs -= MINUTE;
    answer({ thereMs: 30, backMs: 20 });
    expect(toldLaterByMs(now)).toBe(30);
    serverOffsetMs += MINUTE;
    answer({ thereMs: 40, backMs: 20 });
    expect(toldLaterByMs(now)).toBe(40);
  });

  test('is not told from the time after a sleep until the server has answered again', () => {
    answer({ thereMs: 20, backMs: 20 });
    wallOffsetMs += HOUR;
    serverOffsetMs += HOUR;
    expect(toldLaterByMs(now)).toBeNull();
    answer({ thereMs: 30, backMs: 20 });
    expect(toldLaterByMs(now)).toBe(30);
  });
});
