import { setImmediate as loopTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ThreadPace } from './thread-pace.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('ticks for all recordings at once, as long as there are any', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const pace = new ThreadPace(new Int32Array(new SharedArrayBuffer(4)));
  const ticked: string[] = [];
  const end = ['a', 'b'].map((name) => pace.each((nowMs) => ticked.push(`${name} ${nowMs - Date.now()}`)));
  vi.advanceTimersByTime(20);
  expect(ticked.splice(0)).toEqual(['a 0', 'b 0']);
  expect(vi.getTimerCount()).toBe(1);
  end[0]?.();
  vi.advanceTimersByTime(40);
  expect(ticked.splice(0)).toEqual(['b 0', 'b 0']);
  end[1]?.();
  expect(vi.getTimerCount()).toBe(0);
  pace.each(() => ticked.push('c'));
  vi.advanceTimersByTime(20);
  expect(ticked).toEqual(['c']);
});

describe('after packets, the thread', () => {
  const [one, other] = [{}, {}];
  const restsAfter = async (sources: readonly object[]): Promise<number> => {
    const rests = vi.spyOn(Atomics, 'wait').mockClear();
    const pace = new ThreadPace(new Int32Array(new SharedArrayBuffer(4)));
    for (const source of sources) pace.packetCame(source);
    expect(rests).not.toHaveBeenCalled();
    await loopTurn();
    return rests.mock.calls.length;
  };

  it('rests once for all that have come', async () => {
    expect(await restsAfter([one])).toBe(1);
    expect(await restsAfter([one, one, other, one])).toBe(1);
    expect(await restsAfter(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? one : other)))).toBe(1);
  });

  it('goes on at once when a socket may have more', async () => {
    expect(await restsAfter([...Array<object>(32).fill(one), other])).toBe(0);
  });
});
