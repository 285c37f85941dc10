import { describe, expect, it } from 'vitest';
import { blackEndMs, silentEndMs } from './black-end.ts';

/** Makes pictures as they are measured: 32 x 18 gray pixels each, 25 a second. */
const pictures = (...levels: number[]) => Buffer.concat(levels.map((level) => Buffer.alloc(32 * 18, level)));
const samples = (...values: number[]) => {
  const pcm = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => pcm.writeInt16LE(value, index * 2));
  return pcm;
};

describe('the black end of pictures', () => {
  it('is counted from the last picture with anything in it', () => {
    expect(blackEndMs(pictures(16, 200, 16, 18, 16))).toBe(120);
    expect(blackEndMs(pictures(16, 16))).toBe(80);
    expect(blackEndMs(pictures(16, 200))).toBe(0);
    expect(blackEndMs(pictures())).toBe(0);
  });

  it('ends at a single bright spot', () => {
    const spot = pictures(16, 16, 16);
    spot[32 * 18 + 5] = 90;
    expect(blackEndMs(spot)).toBe(40);
  });
});

describe('the silent end of sound', () => {
  it('is counted from the last audible sample', () => {
    expect(silentEndMs(samples(0, 5000, 20, -20, 0, 100, -100, 3, 0, 0))).toBe(1);
    expect(silentEndMs(samples(0, 0, 0, 0, 0, 0, 0, -3000))).toBe(0);
    expect(silentEndMs(samples())).toBe(0);
  });

  it('ignores a truncated sample', () => {
    expect(silentEndMs(Buffer.concat([samples(0, 0, 0, 0, 0, 0, 0, 0), Buffer.from([1])]))).toBe(1);
  });
});
