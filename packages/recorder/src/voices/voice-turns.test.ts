import { describe, expect, it } from 'vitest';
import { endedTurns, type Turn } from './voice-turns.ts';

const NOW = 1_796_066_000_000;

/** Somebody is listened to for 20 s, and heard for 19 s, who says nothing. */
const turn = (name: string, changes: Partial<Turn> = {}) => ({
  ...{ name, subscribedMs: NOW - 20_000, heardMs: NOW - 19_000, loudness: 0, isKept: false },
  ...changes,
});
const ended = (turns: ReturnType<typeof turn>[], waiting = 1): string[] =>
  endedTurns(turns, { waiting, nowMs: NOW }).map(({ name }) => name);

describe('endedTurns', () => {
  it('ends none while nobody waits', () => {
    expect(ended([turn('ann'), turn('bob')], 0)).toEqual([]);
    expect(ended([turn('ann'), turn('bob')], -3)).toEqual([]);
  });

  it('ends as many as wait, and four at once at most', () => {
    const turns = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay'].map((name) => turn(name));
    expect(ended(turns, 2)).toEqual(['ann', 'bob']);
    expect(ended(turns, 6)).toEqual(['ann', 'bob', 'cat', 'dan']);
  });

  it('never ends that of somebody who is kept', () => {
    expect(ended([turn('ann', { isKept: true }), turn('bob')])).toEqual(['bob']);
  });

  it('counts a turn from the first packet on', () => {
    const late = { subscribedMs: NOW - 9_000, heardMs: NOW - 2_999 };
    expect(ended([turn('ann', late)])).toEqual([]);
    expect(ended([turn('ann', { ...late, heardMs: NOW - 3_000 })])).toEqual(['ann']);
  });

  it('waits ten seconds for the first packet', () => {
    expect(ended([turn('ann', { subscribedMs: NOW - 9_999, heardMs: undefined })])).toEqual([]);
    expect(ended([turn('ann', { subscribedMs: NOW - 10_000, heardMs: undefined })])).toEqual(['ann']);
  });

  it('ends the quietest first, and of these the one that has lasted longest', () => {
    const turns = [
      turn('ann', { loudness: 0.2, subscribedMs: NOW - 60_000 }),
      turn('bob', { loudness: 0.1 }),
      turn('cat', { loudness: 0.1, subscribedMs: NOW - 30_000 }),
    ];
    expect(ended(turns, 3)).toEqual(['cat', 'bob', 'ann']);
  });
});
