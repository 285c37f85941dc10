import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFrameReader, toFrames } from './notification-frames.ts';

const SENDER = '0199a000-0000-7000-8000-000000000001';
const OTHER = '0199a000-0000-7000-8000-000000000002';

it('splits any value into frames that PostgreSQL takes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 3 }), (value, repeats) => {
      const large = Array.from({ length: 10 ** repeats }, () => value);
      const frames = toFrames(SENDER, 123_456_789, large);
      for (const frame of frames) expect(Buffer.byteLength(frame)).toBeLessThan(8000);
      const reader = createFrameReader();
      const read = frames.map((frame) => reader.read(frame));
      expect(read.slice(0, -1).every((one) => one === null)).toBe(true);
      expect(read.at(-1)).toEqual({ senderId: SENDER, value: JSON.parse(JSON.stringify(large)) });
    }),
    { numRuns: 50 },
  );
});

it('keeps simultaneous values of several servers apart', () => {
  const [ours, theirs] = ['é'.repeat(9000), 'ü'.repeat(9000)];
  const reader = createFrameReader();
  const [first, second] = [toFrames(SENDER, 1, ours), toFrames(OTHER, 1, theirs)];
  expect(first.length).toBeGreaterThan(5);
  const inTurns = first.flatMap((frame, index) => [frame, second[index] ?? '']);
  const read = inTurns.map((frame) => reader.read(frame)).filter((one) => one !== null);
  expect(read).toEqual([
    { senderId: SENDER, value: ours },
    { senderId: OTHER, value: theirs },
  ]);
});

it('drops values with missing frames, and reads the next ones', () => {
  const reader = createFrameReader();
  const [, ...withoutBeginning] = toFrames(SENDER, 1, 'a'.repeat(20_000));
  const withoutEnd = toFrames(SENDER, 2, 'b'.repeat(20_000)).slice(0, -1);
  for (const frame of [...withoutBeginning, ...withoutEnd, 'no frame']) expect(reader.read(frame)).toBeNull();
  expect(reader.read(toFrames(SENDER, 3, 'c')[0] ?? '')).toEqual({ senderId: SENDER, value: 'c' });
});
