import { Encoder } from '@evan/opus/wasm/index.mjs';
import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { MIX_PACKET_TICKS } from '@hindsight/mp4/layout/mixed-sound';
import { describe, expect, it } from 'vitest';
import { isMono, SourceDecoder } from './opus-codec.ts';

/** Encodes two notes and some noise. */
function encode(channels: 1 | 2, bitrateBps: number): Uint8Array[] {
  const encoder = new Encoder({ channels, sample_rate: OPUS_RATE, application: 'voip' });
  encoder.ctl(4002, bitrateBps);
  const packets = Array.from({ length: 40 }, (_, packet) => {
    const samples = Int16Array.from({ length: channels * MIX_PACKET_TICKS }, (_sample, index) => {
      const time = packet * MIX_PACKET_TICKS + Math.floor(index / channels);
      const noise = ((time * 7919) % 1000) - 500;
      return 6000 * Math.sin(time / 20) + 3000 * Math.sin(time / 3.3 + (index % channels)) + noise;
    });
    return encoder.encode(samples);
  });
  encoder.drop();
  return packets;
}

describe('a decoder of one channel', () => {
  // These rates lead to all of Opus' ways of encoding: speech, both, and sound.
  it.each([8000, 16_000, 32_000, 96_000])(
    'hears at %d bit/s what one of two channels hears on both',
    (bitrateBps) => {
      const packets = encode(1, bitrateBps);
      using mono = new SourceDecoder({ channels: 1, sample_rate: OPUS_RATE });
      using stereo = new SourceDecoder();
      for (const packet of packets) {
        expect(isMono(packet)).toBe(true);
        const one = mono.decode(packet);
        const both = stereo.decode(packet);
        expect(one).not.toBeNull();
        expect(both).toEqual(
          Int16Array.from({ length: 2 * (one?.length ?? 0) }, (_, at) => one?.[at >> 1] ?? 0),
        );
      }
    },
  );

  it('is not for packets of two channels', () => {
    expect(encode(2, 96_000).some(isMono)).toBe(false);
  });
});
