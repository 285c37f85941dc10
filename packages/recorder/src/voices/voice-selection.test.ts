import { describe, expect, it } from 'vitest';
import { VoiceSelection, type Speaker } from './voice-selection.ts';

const speakers = (levels: Record<string, number>): Speaker[] =>
  Object.entries(levels).map(([identity, level]) => ({ identity, level }));

/** Chooses at each second, and returns who was chosen last. */
function choose(most: number, ...seconds: Record<string, number>[]): string[] {
  const selection = new VoiceSelection(most);
  let chosen: ReadonlySet<string> = new Set();
  for (const [second, levels] of seconds.entries())
    chosen = selection.choose(speakers(levels), second * 1000);
  return [...chosen].toSorted();
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('VoiceSelection', () => {
  it('keeps everybody while there is room', () => {
    expect(choose(3, { a: 0, b: 0.5, c: 0 })).toEqual(['a', 'b', 'c']);
  });

  it('keeps the loudest when there is not', () => {
    expect(choose(2, { a: 0.1, b: 0.5, c: 0.3, d: 0 })).toEqual(['b', 'c']);
  });

  it('gives the place of somebody who has been silent for five seconds to somebody who speaks', () => {
    const silentA = { a: 0, b: 0.5, c: 0 };
    expect(choose(2, { a: 0.5, b: 0.5, c: 0 }, ...times(4, { ...silentA, c: 0.2 }))).toEqual(['a', 'b']);
    expect(choose(2, { a: 0.5, b: 0.5, c: 0 }, ...times(5, { ...silentA, c: 0.2 }))).toEqual(['b', 'c']);
    expect(choose(2, { a: 0.5, b: 0.5, c: 0 }, ...times(9, silentA))).toEqual(['a', 'b']);
  });

  it('cuts nobody off who speaks, unless somebody else is far louder', () => {
    expect(choose(1, { a: 0.2, b: 0 }, { a: 0.2, b: 0.5 })).toEqual(['a']);
    expect(choose(1, { a: 0.2, b: 0 }, { a: 0.2, b: 0.9 })).toEqual(['b']);
  });

  it('gives the place of somebody who has left to another', () => {
    expect(choose(1, { a: 0.5, b: 0 }, { b: 0 })).toEqual(['b']);
  });
});
