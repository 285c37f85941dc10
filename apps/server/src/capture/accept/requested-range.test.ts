import { MINUTE, SECOND } from '@hindsight/shared/units';
import { describe, expect, it } from 'vitest';
import { requestedRange } from './requested-range.ts';
import { pieces } from '../../buffer/testing/pieces.ts';

const PRESSED_AT = Date.UTC(2026, 10, 21, 10, 0, 0);
const ago = (ms: number) => PRESSED_AT - ms;

describe('the requested range', () => {
  it('of the last minutes ends at the request while the share goes on', () => {
    const timeline = pieces('a', ago(60 * SECOND), 14);
    expect(requestedRange({ lastMinutes: 5 }, { timeline, isLive: true, pressedAtMs: PRESSED_AT })).toEqual({
      fromMs: ago(5 * MINUTE),
      toMs: PRESSED_AT,
    });
  });

  it('of the last seconds ends at the request, too', () => {
    const timeline = pieces('a', ago(60 * SECOND), 14);
    expect(requestedRange({ lastSeconds: 15 }, { timeline, isLive: true, pressedAtMs: PRESSED_AT })).toEqual({
      fromMs: ago(15 * SECOND),
      toMs: PRESSED_AT,
    });
  });

  it('of the last minutes ends where the buffer ends once the share has ended', () => {
    const timeline = pieces('a', ago(9 * MINUTE), 60);
    expect(requestedRange({ lastMinutes: 2 }, { timeline, isLive: false, pressedAtMs: PRESSED_AT })).toEqual({
      fromMs: ago(7 * MINUTE),
      toMs: ago(5 * MINUTE),
    });
  });

  it('never reaches beyond the request, though the recorder was flushed after it', () => {
    const timeline = pieces('a', ago(2 * SECOND), 1);
    const ended = requestedRange({ lastMinutes: 1 }, { timeline, isLive: false, pressedAtMs: PRESSED_AT });
    expect(ended.toMs).toBe(PRESSED_AT);
    const range = { from: new Date(ago(10_000)).toISOString(), to: new Date(ago(-5000)).toISOString() };
    expect(requestedRange(range, { timeline, isLive: true, pressedAtMs: PRESSED_AT })).toEqual({
      fromMs: ago(10_000),
      toMs: PRESSED_AT,
    });
  });
});
