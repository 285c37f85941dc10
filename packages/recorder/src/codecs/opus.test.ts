import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLivekitFiller, opusPacketSamples, opusSilence } from './opus.ts';

describe('opusPacketSamples', () => {
  it.each([
    ['CELT 20 ms, one frame', [0xfc, 0xff, 0xfe], 960],
    ['CELT 2.5 ms, one frame', [0xe4], 120],
    ['SILK 60 ms, one frame', [0x18], 2880],
    ['hybrid 10 ms, two equal frames', [0x61], 960],
    ['hybrid 20 ms, two different frames', [0x6a], 1920],
    ['CELT 20 ms, three frames', [0xfb, 3], 2880],
    ['six frames of 20 ms, the longest allowed', [0xfb, 6], 5760],
    ['seven frames of 20 ms', [0xfb, 7], null],
    ['no frames', [0xfb, 0], null],
    ['a frame count that is missing', [0xfb], null],
    ['nothing', [], null],
  ])('%s', (_, bytes, expected) => {
    expect(opusPacketSamples(Buffer.from(bytes))).toBe(expected);
  });
});

describe('isLivekitFiller', () => {
  it.each([
    ['padded silence', [0xf8, 0xff, 0xfe, 0, 0, 0, 0], true],
    ['the silence of an encoder', [0xf8, 0xff, 0xfe], false],
    ['sound that starts alike', [0xf8, 0xff, 0xfe, 0, 1], false],
    ['nothing', [], false],
  ])('%s', (_, bytes, expected) => {
    expect(isLivekitFiller(Buffer.from(bytes))).toBe(expected);
  });
});

describe('opusSilence', () => {
  it('fills any length, except for the last 2.5 ms, with packets of the right length', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 100_000 }), (samples) => {
        const packets = [...opusSilence(samples)];
        for (const { packet, samples: length } of packets) expect(opusPacketSamples(packet)).toBe(length);
        const filled = packets.reduce((sum, one) => sum + one.samples, 0);
        const left = Math.max(0, samples) - filled;
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left).toBeLessThan(120);
      }),
    );
  });
});
