import { LEAST_GAIN_DB } from '@hindsight/shared/clips/clip-voices';
import { expect, test } from 'vitest';
import {
  AS_SENT,
  gainDbOf,
  levelsOf,
  soundsAs,
  toggleMuted,
  toggleSolo,
  toInput,
  withGainDb,
  type SourceLevels,
} from './source-levels.ts';

const KEYS = ['share', 'ada', 'bo'];
const shown = (levels: SourceLevels) => KEYS.map((key) => gainDbOf(levels, key));
const OFF = LEAST_GAIN_DB;

test('all are as loud as they were sent at first', () => {
  expect(shown(AS_SENT)).toEqual([0, 0, 0]);
});

test('whoever is muted and heard again is as loud as before', () => {
  const louder = withGainDb(AS_SENT, ['ada'], 6);
  const muted = toggleMuted(louder, 'ada');
  expect(shown(muted)).toEqual([0, OFF, 0]);
  expect(shown(toggleMuted(muted, 'ada'))).toEqual([0, 6, 0]);
});

test('a solo silences all others, and they are as before behind it', () => {
  const before = toggleMuted(withGainDb(AS_SENT, ['ada'], 6), 'bo');
  const solo = toggleSolo(before, 'ada');
  expect(shown(solo)).toEqual([OFF, 6, OFF]);
  expect(shown(toggleSolo(solo, 'ada'))).toEqual([0, 6, OFF]);
  // Another one takes its place.
  expect(shown(toggleSolo(solo, 'share'))).toEqual([0, OFF, OFF]);
});

test('a solo of somebody who was muted is heard', () => {
  expect(shown(toggleSolo(toggleMuted(AS_SENT, 'ada'), 'ada'))).toEqual([OFF, 0, OFF]);
});

test('having somebody else heard ends a solo', () => {
  const solo = toggleSolo(AS_SENT, 'ada');
  expect(shown(toggleMuted(solo, 'bo'))).toEqual([0, 0, 0]);
  expect(shown(withGainDb(solo, ['bo'], 3))).toEqual([0, 0, 3]);
  expect(shown(withGainDb(solo, ['ada'], 3))).toEqual([OFF, 3, OFF]);
});

test('the lower end of a slider mutes, and the server’s least level is muted', () => {
  expect(shown(withGainDb(AS_SENT, ['ada', 'bo'], OFF))).toEqual([0, OFF, OFF]);
  const kept = levelsOf({ shareDb: -3, voices: [{ userId: 'ada', gainDb: OFF }] });
  expect(shown(kept)).toEqual([-3, OFF, 0]);
  expect(shown(toggleMuted(kept, 'ada'))).toEqual([-3, 0, 0]);
});

test('tells whether anything has changed, and what the server is to do', () => {
  const solo = toggleSolo(AS_SENT, 'ada');
  expect(soundsAs(AS_SENT, solo, KEYS)).toBe(false);
  expect(soundsAs(AS_SENT, toggleSolo(solo, 'ada'), KEYS)).toBe(true);
  expect(toInput(solo, KEYS)).toEqual({
    shareDb: OFF,
    voices: [
      { userId: 'ada', gainDb: 0 },
      { userId: 'bo', gainDb: OFF },
    ],
  });
});
