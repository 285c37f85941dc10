import { expect, test } from 'vitest';
import { quotaFill } from './quota-fill.ts';

test.each([
  [0, 0, 100, 0],
  [40, 10, 100, 0.5],
  [90, 30, 100, 1],
  [0, 0, 0, 1],
])('%d used and %d reserved of %d fill it to %d', (usedBytes, reservedBytes, quotaBytes, fill) => {
  expect(quotaFill({ usedBytes, reservedBytes, quotaBytes, availableBytes: 0 })).toBe(fill);
});
