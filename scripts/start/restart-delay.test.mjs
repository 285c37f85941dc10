import { describe, expect, it } from 'vitest';
import { restartDelayMs } from './restart-delay.mjs';

describe('the time between two starts', () => {
  it('doubles up to ten seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 50].map(restartDelayMs)).toEqual([
      250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000,
    ]);
  });
});
