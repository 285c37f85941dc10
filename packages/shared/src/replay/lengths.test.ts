import { expect, test } from 'vitest';
import { DEFAULT_PRESS_LENGTHS, pressLengthsUpdateInput } from './lengths.ts';

test('buttons are in order, each length once', () => {
  expect(pressLengthsUpdateInput.parse({ buttonSeconds: [300, 15, 300, 30] })).toEqual({
    buttonSeconds: [15, 30, 300],
  });
});

test.each([
  ['no button', { buttonSeconds: [] }],
  ['six buttons', { buttonSeconds: [1, 2, 3, 4, 5, 6] }],
  ['a length of nothing', { defaultSeconds: 0 }],
  ['a part of a second', { defaultSeconds: 1.5 }],
])('%s is refused', (_what, input) => {
  expect(pressLengthsUpdateInput.safeParse(input).success).toBe(false);
});

test('accounts begin with 1, 2, 5 and 10 minutes, and 5 for presses that name no length', () => {
  expect(DEFAULT_PRESS_LENGTHS).toEqual({ defaultSeconds: 300, buttonSeconds: [60, 120, 300, 600] });
});
