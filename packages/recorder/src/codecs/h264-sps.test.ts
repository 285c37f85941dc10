import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSps } from './h264-sps.ts';

const REAL = [
  ['a shared tab by OpenH264, constrained baseline', '6742c01f8c8d402802dd350101010784423500', 1280, 720],
  ['the same resized to a width with cropping', '6742c01f8c8d4022826f72cd40404041e1108d40', 1100, 600],
  ['x264 high, cropped on both sides', '67640028acd940780227a9b0110000030001000003003c0f183196', 1918, 1078],
  ['x264 high 4:4:4', '67f4001e919b281405ff138088000003000800000301e078b16cb0', 640, 360],
  ['x264 high, interlaced', '6764001eacd940b424d8088000000300800000190f8a14cb', 720, 576],
] as const;

describe('parseSps', () => {
  it.each(REAL)('reads %s', (_, hex, width, height) => {
    expect(parseSps(Buffer.from(hex, 'hex'))).toMatchObject({ width, height });
  });

  it.each([
    ['no bytes', ''],
    ['a NAL header alone', '67'],
    ['an SPS that is cut off', '6742c01f8c8d'],
    ['endless zeros', '67' + '00'.repeat(100)],
    ['a chroma format that does not exist', '67640028' + '88'.repeat(20)],
  ])('refuses %s', (_, hex) => {
    expect(parseSps(Buffer.from(hex, 'hex'))).toBeNull();
  });

  it('returns a valid size or null for any bytes', () => {
    const header = fc.constantFrom([0x67, 0x42, 0xc0, 0x1f], [0x67, 0x64, 0, 0x28], [0x67]);
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 80 }), (start, rest) => {
        const size = parseSps(Buffer.from([...start, ...rest]));
        if (size === null) return;
        expect(size.width).toBeGreaterThan(0);
        expect(size.height).toBeGreaterThan(0);
        expect(Math.max(size.width, size.height)).toBeLessThanOrEqual(1055 * 16);
      }),
      { numRuns: 1000 },
    );
  });

  it('survives any single changed byte of a real SPS', () => {
    const real = Buffer.from(REAL[2][1], 'hex');
    fc.assert(
      fc.property(fc.nat(real.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(real);
        changed[at] = value;
        expect(() => parseSps(changed)).not.toThrow();
      }),
    );
  });
});
