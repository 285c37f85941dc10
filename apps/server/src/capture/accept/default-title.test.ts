import { describe, expect, it } from 'vitest';
import { defaultTitle } from './default-title.ts';

describe('default title', () => {
  it.each([
    [60_000, 'Lounge, 1 min'],
    [599_700, 'Lounge, 10 min'],
    [134_000, 'Lounge, 2:14'],
    [59_400, 'Lounge, 0:59'],
    [125_000, 'Lounge, 2:05'],
  ])('of %i ms', (durationMs, title) => {
    expect(defaultTitle('Lounge', durationMs)).toBe(title);
  });
});
