import { expect, test } from 'vitest';
import { loudMoments } from './loud-moments.ts';

/** Somebody speaks at one level for a while, and at others in some of the seconds. */
function voice(usual: number, seconds: Record<number, number> = {}, length = 60): number[] {
  return Array.from({ length }, (_, second) => seconds[second] ?? usual).flatMap((level) =>
    Array.from({ length: 10 }, () => level),
  );
}

test('it got loud where several people are louder than they mostly are', () => {
  const ada = voice(50, { 10: 70, 20: 70, 40: 72 });
  const bo = voice(60, { 10: 80, 30: 80, 40: 80 });
  const cy = voice(0, { 5: 55, 40: 80 });
  expect(loudMoments([ada, bo, cy])).toEqual([
    { offsetMs: 10_000, people: 2 },
    { offsetMs: 40_000, people: 3 },
  ]);
});

test('nobody is loud by speaking as always, however loud that is, or by being less quiet', () => {
  expect(loudMoments([voice(80), voice(85)])).toEqual([]);
  expect(loudMoments([voice(25, { 10: 45 }), voice(25, { 10: 45 })])).toEqual([]);
});

test('a shout at full scale is loud for whoever always is', () => {
  expect(loudMoments([voice(88, { 10: 97 }), voice(88, { 10: 97 })])).toHaveLength(1);
});

test('what falls over is no laugh', () => {
  const knock = (levels: number[]) =>
    levels.map((level, index) => (index === 100 || index === 101 ? 90 : level));
  expect(loudMoments([knock(voice(50)), knock(voice(50))])).toEqual([]);
});

test('a laugh that goes on is one moment', () => {
  const laugh = { 10: 80, 11: 80, 15: 80, 30: 80 };
  expect(loudMoments([voice(50, laugh), voice(50, laugh)]).map(({ offsetMs }) => offsetMs)).toEqual([
    10_000, 30_000,
  ]);
});

test('of many moments those with the most people are told, in the order of time', () => {
  const often = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [10 * index + 5, 80]));
  const rarely = { 25: 80, 95: 80 };
  const voices = [voice(50, often, 120), voice(50, often, 120), voice(50, rarely, 120)];
  const told = loudMoments(voices);
  expect(told).toHaveLength(6);
  expect(told.map(({ offsetMs }) => offsetMs)).toEqual(
    told.map(({ offsetMs }) => offsetMs).toSorted((a, b) => a - b),
  );
  expect(told.filter(({ people }) => people === 3).map(({ offsetMs }) => offsetMs)).toEqual([25_000, 95_000]);
});

test('without voices nothing is loud', () => {
  expect(loudMoments([])).toEqual([]);
  expect(loudMoments([[]])).toEqual([]);
});
