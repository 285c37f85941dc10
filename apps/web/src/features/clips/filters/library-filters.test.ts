import { expect, test } from 'vitest';
import { hasFilters, readFilters, toDayText, toListInput, writeFilters } from './library-filters.ts';

const COMMUNITY = '0199a000-0000-7000-8000-000000000002';
const CHANNEL = '0199a000-0000-7000-8000-000000000001';
const read = (query: string) => readFilters(new URLSearchParams(query));

test('an address says all of what is shown, and nothing says everything', () => {
  const query = `q=triple+kill&community=${COMMUNITY}&from=2026-11-01&to=2026-11-02&sort=largest`;
  expect(writeFilters(read(query)).toString()).toBe(query);
  expect(writeFilters(read('')).toString()).toBe('');
  expect(hasFilters(read(''))).toBe(false);
  expect(hasFilters(read('sort=oldest'))).toBe(false);
  expect(hasFilters(read('q=x'))).toBe(true);
});

test.each(['community=x', 'from=2026-13-01', 'to=2026-02-30', 'from=yesterday', 'sort=nicest'])(
  '%s in an address is as if it weren’t there',
  (query) => {
    expect(writeFilters(read(query)).toString()).toBe('');
  },
);

test('days are asked for from their first to their last moment, here', () => {
  const { since, until } = toListInput(read('from=2026-11-01&to=2026-11-01'));
  expect(since).toBe(new Date(2026, 10, 1).toISOString());
  expect(until).toBe(new Date(2026, 10, 2).toISOString());
});

test('a channel is enough to say where', () => {
  const input = toListInput(read(`community=${COMMUNITY}&channel=${CHANNEL}`));
  expect(input).toEqual({ sort: 'newest', channelId: CHANNEL });
});

test('a day is written as it is here, not in UTC', () => {
  expect(toDayText(new Date(2026, 0, 5, 23, 59))).toBe('2026-01-05');
});
