import { DAY, HOUR, MINUTE, SECOND } from '@hindsight/shared/units';
import { expect, test } from 'vitest';
import { expiryText } from './link-lifetimes.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

test.each([
  [null, 'Never expires'],
  [-SECOND, 'Expired'],
  [30 * SECOND, 'Expires in less than a minute'],
  [59 * MINUTE + 59 * SECOND, 'Expires in 59 minutes'],
  [DAY, 'Expires in 24 hours'],
  [7 * DAY - HOUR, 'Expires in 6 days'],
])('%s ms from now: %s', (leftMs, text) => {
  const expiresAt = leftMs === null ? null : new Date(NOW + leftMs).toISOString();
  expect(expiryText(expiresAt, NOW, 'en-GB')).toBe(text);
});
