import { GiB, KiB, MiB } from '@hindsight/shared/units';
import { expect, test } from 'vitest';
import { formatBytes } from './format-bytes.ts';

test.each([
  [0, '0 kB'],
  [300, '0 kB'],
  [12 * KiB, '12 kB'],
  [48.2 * MiB, '48 MB'],
  [1023.9 * MiB, '1 GB'],
  [4.86 * GiB, '4.9 GB'],
  [5 * GiB, '5 GB'],
])('%d bytes read as %s', (sizeBytes, text) => {
  expect(formatBytes(sizeBytes, 'en')).toBe(text);
});

test('uses the reader’s own decimal sign', () => {
  expect(formatBytes(1.5 * GiB, 'de')).toBe('1,5\u00a0GB');
});
