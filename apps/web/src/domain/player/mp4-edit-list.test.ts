import { expect, test } from 'vitest';
import { hiddenLeadInSeconds } from './mp4-edit-list.ts';

function box(type: string, ...content: (number[] | Uint8Array)[]): Uint8Array {
  const body = content.flatMap((part) => [...part]);
  return Uint8Array.from([...uint32(body.length + 8), ...Buffer.from(type, 'latin1'), ...body]);
}

const uint32 = (...values: number[]): number[] =>
  values.flatMap((value) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) & 255));

const short = uint32(0);
const long = uint32(0x01_00_00_00);
const RATE = uint32(0x1_00_00);

const elst = (mediaTime: number) => box('elst', short, uint32(1, 5000, mediaTime), RATE);
const longElst = (mediaTime: number) => box('elst', long, uint32(1, 0, 5000, 1, mediaTime), RATE);
const mdhd = (timescale: number) => box('mdhd', short, uint32(0, 0, timescale, 9000, 0));
const longMdhd = (timescale: number) => box('mdhd', long, uint32(0, 0, 0, 0, timescale, 0, 9000, 0));

/** Makes the beginning of a file, which has a second track with an edit list of its own after the first. */
function head(elstBox: Uint8Array | null, mdhdBox = mdhd(90_000)): DataView {
  const track = (edits: Uint8Array | null, header: Uint8Array) =>
    box(
      'trak',
      box('tkhd', short),
      ...(edits === null ? [] : [box('edts', edits)]),
      box('mdia', header, box('hdlr', short)),
    );
  const moov = box('moov', box('mvhd', short), track(elstBox, mdhdBox), track(elst(3840), mdhd(48_000)));
  return new DataView(Uint8Array.from([...box('ftyp', short), ...moov, ...box('mdat')]).buffer);
}

test.each([
  ['nothing', null, mdhd(90_000), 0],
  ['0.08 s', elst(7200), mdhd(90_000), 0.08],
  ['nothing, but a pause,', elst(0xff_ff_ff_ff), mdhd(90_000), 0],
  ['more than 32 bits', longElst(0), longMdhd(90_000), 2 ** 32 / 90_000],
])('%s in front of the first track is hidden', (_name, edits, header, seconds) => {
  expect(hiddenLeadInSeconds(head(edits, header))).toBe(seconds);
});

test('a head that is cut hides what it says, or nothing where that is cut off', () => {
  const whole = head(elst(7200));
  const cutAt = (length: number) => hiddenLeadInSeconds(new DataView(whole.buffer, 0, length));
  const lengths = Array.from({ length: whole.byteLength + 1 }, (_, length) => length);
  const tells = lengths.findIndex((length) => cutAt(length) === 0.08);
  // What lies behind the header of the first track's media isn't needed.
  expect(tells).toBeLessThanOrEqual(whole.byteLength / 2);
  for (const length of lengths) expect(cutAt(length)).toBe(length < tells ? 0 : 0.08);
});
