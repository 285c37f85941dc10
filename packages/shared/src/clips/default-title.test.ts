import { describe, expect, it } from 'vitest';
import { defaultTitle, titleOfOtherLength } from './default-title.ts';

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

describe('the title of a clip that is cut or joined from another one', () => {
  it.each([
    ['Lounge, 1 min', 60_000, 'Lounge, 1:30'],
    ['Lounge, 0:15', 15_020, 'Lounge, 1:30'],
    // The clip became a little shorter than expected.
    ['Lounge, 2:14', 133_200, 'Lounge, 1:30'],
    ['Lounge, 10 min, 10 min', 600_000, 'Lounge, 10 min, 1:30'],
    // These say something else than the clip's length, or were written by hand.
    ['What a save', 60_000, 'What a save'],
    ['We won, 3:20', 60_000, 'We won, 3:20'],
    ['Back in 5 min', 300_000, 'Back in 5 min'],
    ['Lounge, 1 min', 120_000, 'Lounge, 1 min'],
  ])('whose title is "%s" and which has %i ms', (title, durationMs, expected) => {
    expect(titleOfOtherLength({ title, durationMs }, 90_000)).toBe(expected);
  });
});
