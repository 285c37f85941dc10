import { GiB, MiB } from '@hindsight/shared/units';
import { expect, test } from 'vitest';
import { inGigabytes, quotaUsage } from './quota-usage.ts';

test.each([
  [{ quotaBytes: 5 * GiB, usedBytes: 1 * GiB, reservedBytes: 0 }, 0.2, 'teal', false],
  [{ quotaBytes: 5 * GiB, usedBytes: 4 * GiB, reservedBytes: 0.5 * GiB }, 0.9, 'yellow', false],
  [{ quotaBytes: 5 * GiB, usedBytes: 5 * GiB, reservedBytes: 0 }, 1, 'red', false],
  [{ quotaBytes: 1 * GiB, usedBytes: 4 * GiB, reservedBytes: 0 }, 1, 'red', true],
  [{ quotaBytes: 0, usedBytes: 0, reservedBytes: 0 }, 1, 'red', false],
])('%o is %d full', (quota, fill, tone, isOver) => {
  const use = quotaUsage(quota);
  expect(use.fill).toBeCloseTo(fill);
  expect(use).toMatchObject({ tone, isOver });
});

test('gigabytes have two decimals at most', () => {
  expect(inGigabytes(5 * GiB)).toBe(5);
  expect(inGigabytes(300 * MiB)).toBe(0.29);
});
