import { MINUTE, SECOND } from '@hindsight/shared/units';
import { describe, expect, test } from 'vitest';
import { bufferAt, gaugeTicks } from './buffer-view.ts';
import { endedSession, iso, session, snapshot } from '../replay.fixtures.ts';

describe('while it records', () => {
  test('the gauge grows with the time since the snapshot', () => {
    const mine = snapshot(session(), [-2 * MINUTE, -SECOND]);
    expect(bufferAt(mine, 14 * SECOND)).toMatchObject({
      keptMs: 2 * MINUTE + 14 * SECOND,
      windowMs: 10 * MINUTE,
      graceLeftMs: null,
    });
  });

  test('lengths that are not buffered yet say what they would give', () => {
    const view = bufferAt(snapshot(session(), [-2 * MINUTE, 0]), 14 * SECOND);
    expect([15, 60, 120, 300].map((seconds) => view?.offer(seconds))).toEqual([
      { seconds: 15, givesMs: 15 * SECOND, isWhole: true },
      { seconds: 60, givesMs: MINUTE, isWhole: true },
      { seconds: 120, givesMs: 2 * MINUTE, isWhole: true },
      { seconds: 300, givesMs: 2 * MINUTE + 14 * SECOND, isWhole: false },
    ]);
  });

  test('never shows more than the window', () => {
    const view = bufferAt(snapshot(session(), [-12 * MINUTE, 0]), 14 * SECOND);
    expect(view).toMatchObject({ keptMs: 10 * MINUTE, fill: 1 });
    expect(view?.offer(600).isWhole).toBe(true);
  });

  test('a gap is not counted', () => {
    const view = bufferAt(snapshot(session(), [-4 * MINUTE, -3 * MINUTE], [-MINUTE, 0]), 0);
    expect(view?.keptMs).toBe(2 * MINUTE);
    expect(view?.offer(120)).toEqual({ seconds: 120, givesMs: MINUTE, isWhole: false });
  });

  test('markers stand where the gauge had filled to; one in no recording stands nowhere', () => {
    const mine = snapshot(session(), [-4 * MINUTE, -3 * MINUTE], [-MINUTE, 0]);
    const marker = (id: string, offsetMs: number) => ({ id, at: iso(offsetMs), label: null });
    const markers = [marker('a', -3.5 * MINUTE), marker('gap', -2 * MINUTE), marker('b', -0.5 * MINUTE)];
    expect(bufferAt({ ...mine, markers }, 0)?.markers).toEqual([
      { id: 'a', at: 0.05 },
      { id: 'b', at: 0.15 },
    ]);
  });

  test('the gauge stops when the server has not been heard for a while', () => {
    const mine = snapshot(session(), [-2 * MINUTE, 0]);
    expect(bufferAt(mine, MINUTE)?.keptMs).toBe(2 * MINUTE + 15 * SECOND);
    expect(bufferAt(mine, MINUTE)?.offer(60)).toEqual({ seconds: 60, givesMs: 15 * SECOND, isWhole: false });
  });

  test('while nothing is heard, a press is still offered what was kept when the server was last heard', () => {
    const mine = snapshot(session(), [-2 * MINUTE, 0]);
    const view = bufferAt(mine, 5 * MINUTE, { isUnheard: true });
    expect(view?.keptMs).toBe(2 * MINUTE + 15 * SECOND);
    expect(view?.offer(60)).toEqual({ seconds: 60, givesMs: MINUTE, isWhole: true });
    expect(bufferAt(mine, 5 * MINUTE)?.offer(60).givesMs).toBe(0);
  });

  test('after a fresh start only what came since is there', () => {
    const mine = {
      ...snapshot(session(), [-4 * MINUTE, -3 * MINUTE], [-2 * MINUTE, 0]),
      freshFrom: iso(-30 * SECOND),
    };
    const view = bufferAt(mine, 14 * SECOND);
    expect(view).toMatchObject({ keptMs: 44 * SECOND });
    expect(view?.offer(60)).toEqual({ seconds: 60, givesMs: 44 * SECOND, isWhole: false });
  });

  test('just after a fresh start the gauge begins anew', () => {
    const mine = { ...snapshot(session(), [-2 * MINUTE, -SECOND]), freshFrom: iso(0) };
    expect(bufferAt(mine, 0)?.keptMs).toBe(0);
    expect(bufferAt(mine, 3 * SECOND)?.keptMs).toBe(3 * SECOND);
  });

  test('a degraded buffer does not pretend to grow', () => {
    const mine = snapshot(session({ health: 'DEGRADED' }), [-2 * MINUTE, -30 * SECOND]);
    expect(bufferAt(mine, MINUTE)).toMatchObject({ keptMs: 90 * SECOND, isDegraded: true });
  });

  test('one that is just starting is empty', () => {
    expect(bufferAt(snapshot(session({ status: 'STARTING', startedAt: null })), SECOND)).toMatchObject({
      keptMs: 0,
      fill: 0,
    });
  });

  test('a recording that has just begun promises what it has, and nothing of the time before it', () => {
    const mine = snapshot(session({ startedAt: iso(-2 * SECOND) }), [-9 * MINUTE, -MINUTE]);
    const view = bufferAt(mine, 5 * SECOND);
    expect(view?.keptMs).toBe(8 * MINUTE + 7 * SECOND);
    expect(view?.offer(60)).toEqual({ seconds: 60, givesMs: 7 * SECOND, isWhole: false });
    const first = bufferAt(snapshot(session({ startedAt: iso(-2 * SECOND) })), 5 * SECOND);
    expect(first?.keptMs).toBe(7 * SECOND);
  });

  test('what should have been heard of long ago is not promised', () => {
    const mine = snapshot(session({ startedAt: iso(-2 * MINUTE) }), [-9 * MINUTE, -3 * MINUTE]);
    expect(bufferAt(mine, 5 * SECOND)?.keptMs).toBe(6 * MINUTE);
  });

  test('a second short of a length still counts as that length', () => {
    const view = bufferAt(snapshot(session(), [-MINUTE + 400, 0]), 0);
    expect(view?.offer(60)).toMatchObject({ isWhole: true });
  });
});

describe('in grace', () => {
  test('counts down while the length stays', () => {
    const mine = snapshot(endedSession(10 * MINUTE), [-4 * MINUTE, -MINUTE]);
    expect(bufferAt(mine, 19 * SECOND)).toMatchObject({
      graceLeftMs: 9 * MINUTE + 41 * SECOND,
      keptMs: 3 * MINUTE,
    });
  });

  test('lengths count back from the end of the share', () => {
    const view = bufferAt(snapshot(endedSession(5 * MINUTE), [-9 * MINUTE, -5 * MINUTE]), 0);
    expect(view?.offer(60)).toEqual({ seconds: 60, givesMs: MINUTE, isWhole: true });
  });

  test('is over when the time has run out', () => {
    expect(bufferAt(snapshot(endedSession(SECOND), [-2 * MINUTE, -MINUTE]), 2 * SECOND)).toBeNull();
  });
});

test('there is no buffer without a session', () => {
  expect(bufferAt(snapshot(null), 0)).toBeNull();
});

const LENGTHS = [60, 120, 300, 600];

test('ticks stand at the lengths, as far as the window reaches', () => {
  expect(gaugeTicks(10 * MINUTE, LENGTHS).map(({ at }) => at)).toEqual([0.1, 0.2, 0.5, 1]);
  expect(gaugeTicks(4 * MINUTE, LENGTHS).map(({ seconds }) => seconds)).toEqual([60, 120]);
});
