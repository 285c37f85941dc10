import { readFileSync } from 'node:fs';
import { RECORDED_MEDIA } from '@hindsight/recorder/testing/egress/recorded';
import { describe, expect, test } from 'vitest';
import { lastPictureSeconds, readTransportStreamHead } from './transport-stream.ts';

const segments = RECORDED_MEDIA.map(({ path }) => readFileSync(path));
const [first = Buffer.alloc(0)] = segments;
const head = readTransportStreamHead(first);

/** Returns the segment with one byte changed, at an offset from the first appearance of some bytes. */
function changed(pattern: readonly number[], offset: number, value: number): Buffer {
  const copy = Buffer.from(first);
  const at = copy.indexOf(Buffer.from(pattern));
  expect(at).toBeGreaterThan(0);
  copy.writeUInt8(value, at + offset);
  return copy;
}

describe('the head of what egress wrote', () => {
  test('is of the same configuration in each segment', () => {
    const found = segments.map((bytes) => readTransportStreamHead(bytes).configuration);
    expect(found).toEqual(found.map(() => expect.stringMatching(/^[0-9a-f]{64}$/)));
    expect(new Set(found).size).toBe(1);
  });

  test('tells when its media begin, as ffprobe does', () => {
    expect(segments.map((bytes) => readTransportStreamHead(bytes).startSeconds)).toEqual(
      [3648, 3652, 3656, 3660].map((seconds) => expect.closeTo(seconds + 0.026544, 5)),
    );
    expect(head.hasAudio).toBe(true);
  });

  test('tells when the last picture is shown, from the end of the file alone', () => {
    expect(lastPictureSeconds(first.subarray(-200 * 188))).toBeCloseTo(3652.026544 - 1 / 30, 5);
    expect(lastPictureSeconds(Buffer.alloc(0))).toBeNull();
    expect(lastPictureSeconds(Buffer.alloc(20 * 188, 0x47))).toBeNull();
  });

  test.each([
    ['another level', changed([0, 0, 1, 0x67], 6, 42)],
    ['another picture parameter set', changed([0, 0, 1, 0x68], 5, 0)],
    ['another sampling rate of the sound', changed([0xff, 0xf1, 0x50, 0x80, 0x2f, 0x5f], 2, 0x4c)],
  ])('%s is another configuration', (_what, bytes) => {
    const other = readTransportStreamHead(bytes).configuration;
    expect(other).not.toBeNull();
    expect(other).not.toBe(head.configuration);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['less than a packet', first.subarray(0, 100)],
    ['tables alone', first.subarray(0, 3 * 188)],
    ['a picture that is cut off', first.subarray(0, 6 * 188)],
    ['a picture without sound', first.subarray(0, 40 * 188)],
    ['something else', Buffer.alloc(20 * 188, 0x51)],
    ['packets without sense', Buffer.alloc(20 * 188, 0x47)],
  ])('of %s, the configuration isn’t known', (_what, bytes) => {
    expect(readTransportStreamHead(bytes).configuration).toBeNull();
  });
});
