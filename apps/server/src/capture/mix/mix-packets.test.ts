import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { toneLevel } from '@hindsight/rig/media/sound-of';
import { MIX_PACKET_TICKS } from '@hindsight/mp4/layout/mixed-sound';
import { describe, expect, it } from 'vitest';
import { mixPackets, type MixSource, type SourcePacket } from './mix-packets.ts';
import { MIX_PACKET_BYTES, MixEncoder, silentPackets, SourceDecoder } from './opus-codec.ts';
import { heard, tonePackets } from './testing/tones.ts';

const ALWAYS = { from: 0, to: Number.POSITIVE_INFINITY };
const source = (packets: readonly SourcePacket[], part: Partial<MixSource> = {}): MixSource => ({
  ...ALWAYS,
  ...part,
  packets,
});
const tone = (hertz: number, options: Partial<Parameters<typeof tonePackets>[0]> = {}) =>
  tonePackets({ hertz, seconds: 4, ...options });
const listen = (packets: Uint8Array) => heard(packets, MIX_PACKET_BYTES);
/** Mixes in chunks, as clips are. */
const mixInChunks = (sources: readonly MixSource[], chunks: number, count = 50) =>
  Buffer.concat(
    Array.from({ length: chunks }, (_, chunk) => mixPackets(sources, { first: chunk * count, count })),
  );
const peakOf = (sound: Float64Array) => sound.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);

/** Returns how much louder sound is than what distinguishes it from a tone, in dB. */
function clearness(
  sound: Float64Array,
  reference: Float64Array,
  fromSeconds: number,
  toSeconds: number,
): number {
  let signal = 0;
  let noise = 0;
  for (let at = Math.round(fromSeconds * OPUS_RATE); at < toSeconds * OPUS_RATE; at++) {
    signal += (reference[at] ?? 0) ** 2;
    noise += ((sound[at] ?? 0) - (reference[at] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

/** Decodes what a source sent, without mixing it. */
function sent(packets: readonly SourcePacket[]): Float64Array {
  using decoder = new SourceDecoder();
  const sounds = packets.map(
    ({ payload }) => decoder.decode(payload) ?? new Int16Array(2 * MIX_PACKET_TICKS),
  );
  return Float64Array.from(sounds.flatMap((sound) => [...sound.filter((_, index) => index % 2 === 0)]));
}

describe('a mix', () => {
  it('has all sources at their own level, and nothing else', () => {
    const sound = listen(mixInChunks([source(tone(440)), source(tone(1000, { level: 4000 }))], 4));
    expect(toneLevel(sound, 440, 1, 3)).toBeCloseTo(8000, -3);
    expect(toneLevel(sound, 1000, 1, 3)).toBeCloseTo(4000, -3);
    expect(toneLevel(sound, 700, 1, 3)).toBeLessThan(30);
  });

  it('has sources at other levels where that is wanted, and is never too loud', () => {
    const sound = listen(
      mixInChunks([source(tone(440), { gain: 0.25 }), source(tone(1000, { level: 4000 }), { gain: 2 })], 4),
    );
    expect(toneLevel(sound, 440, 1, 3)).toBeCloseTo(2000, -3);
    expect(toneLevel(sound, 1000, 1, 3)).toBeCloseTo(8000, -3);
    const loud = listen(mixInChunks([source(tone(440, { level: 20_000 }), { gain: 4 })], 4));
    // -0.5 dB
    expect(peakOf(loud)).toBeLessThan(32_768 * 10 ** (-0.5 / 20));
    expect(toneLevel(loud, 440, 1, 3)).toBeGreaterThan(20_000);
  });

  it('is heard when it was said, to the sample', () => {
    const voice = tone(440);
    const sound = listen(mixInChunks([source(voice)], 3));
    expect(clearness(sound, sent(voice), 1, 2.5)).toBeGreaterThan(25);
  });

  it('has both channels of a source that has two, whatever the others have', () => {
    // What was mixed before has two channels: silence, with a note on the left from 2 s on.
    using encoder = new MixEncoder();
    const left = Array.from({ length: 200 }, (_, packet) => {
      const samples = Int16Array.from({ length: 2 * MIX_PACKET_TICKS }, (_sample, index) => {
        const time = packet * MIX_PACKET_TICKS + (index >> 1);
        return index % 2 === 0 && packet >= 100
          ? 8000 * Math.sin((2 * Math.PI * 1000 * time) / OPUS_RATE)
          : 0;
      });
      const payload = encoder.encode(samples, { isIndependent: false });
      return { at: packet * MIX_PACKET_TICKS, samples: MIX_PACKET_TICKS, payload };
    });
    const mixed = mixInChunks([source(tone(440)), source(left)], 4);
    for (const channel of ['left', 'right'] as const) {
      const sound = heard(mixed, MIX_PACKET_BYTES, channel);
      expect(toneLevel(sound, 440, 0.5, 3.5)).toBeCloseTo(8000, -3);
      expect(toneLevel(sound, 1000, 0.5, 1.5)).toBeLessThan(30);
    }
    expect(toneLevel(listen(mixed), 1000, 2.5, 3.5)).toBeCloseTo(8000, -3);
    expect(toneLevel(heard(mixed, MIX_PACKET_BYTES, 'right'), 1000, 2.5, 3.5)).toBeLessThan(100);
  });

  it('goes on in both channels where a source that had one begins to have two', () => {
    using encoder = new MixEncoder();
    const two = tone(440, { seconds: 2 }).map((packet, index) => {
      if (index < 50) return packet;
      const samples = Int16Array.from({ length: 2 * MIX_PACKET_TICKS }, (_sample, at) =>
        at % 2 === 0 ? 0 : 8000 * Math.sin((2 * Math.PI * 700 * (packet.at + (at >> 1))) / OPUS_RATE),
      );
      return { ...packet, payload: encoder.encode(samples, { isIndependent: false }) };
    });
    const mixed = mixInChunks([source(two)], 2, 45);
    expect(toneLevel(heard(mixed, MIX_PACKET_BYTES, 'right'), 700, 1.2, 1.7)).toBeCloseTo(8000, -3);
    expect(toneLevel(listen(mixed), 700, 1.2, 1.7)).toBeLessThan(100);
    expect(toneLevel(listen(mixed), 440, 0.2, 0.8)).toBeCloseTo(8000, -3);
  });

  it('has packets of one size, and the same bytes whichever part is mixed first', () => {
    const sources = [source(tone(440)), source(tone(1000, { startSeconds: 0.5 }))];
    const later = mixPackets(sources, { first: 50, count: 50 });
    const both = mixInChunks(sources, 2);
    expect(both).toHaveLength(100 * MIX_PACKET_BYTES);
    expect(both.subarray(50 * MIX_PACKET_BYTES).equals(later)).toBe(true);
  });

  it('is as clear where two parts meet as within them', () => {
    const voices = [300, 440, 640, 900, 1300, 2100].map((hertz) => tone(hertz, { level: 3000 }));
    const reference = voices
      .map(sent)
      .reduce((sum, voice) => sum.map((sample, at) => sample + (voice[at] ?? 0)));
    // 37 packets aren't a whole number of any of the tones' periods.
    const sound = listen(
      mixInChunks(
        voices.map((voice) => source(voice)),
        5,
        37,
      ),
    );
    for (const seam of [1, 2, 3, 4].map((chunk) => chunk * 37 * 0.02))
      expect(clearness(sound, reference, seam, seam + 0.01)).toBeGreaterThan(30);
  });

  it('never clips, however many shout, and what is quiet stays as it is', () => {
    const shouts = [300, 440, 640, 900, 1300, 2100].map((hertz) =>
      source(tone(hertz, { level: 32_000, seconds: 1.5, startSeconds: 1.5 })),
    );
    const sound = listen(mixInChunks([...shouts, source(tone(1000, { level: 2000 }))], 4));
    // -0.5 dB
    expect(peakOf(sound)).toBeLessThan(30_934);
    expect(peakOf(sound)).toBeGreaterThan(20_000);
    expect(toneLevel(sound, 1000, 0.2, 1.3)).toBeCloseTo(2000, -2);
    expect(toneLevel(sound, 1000, 3.3, 3.9)).toBeCloseTo(2000, -2);
  });

  it('has nothing of a source before its part of the clip, or behind it', () => {
    const sound = listen(mixInChunks([source(tone(440), { from: OPUS_RATE, to: 2 * OPUS_RATE })], 3));
    expect(toneLevel(sound, 440, 1.1, 1.9)).toBeCloseTo(8000, -3);
    expect(peakOf(sound.subarray(0, 0.99 * OPUS_RATE))).toBeLessThan(10);
    expect(peakOf(sound.subarray(2.02 * OPUS_RATE))).toBeLessThan(10);
  });

  it('is silent where somebody was away, and goes on softly', () => {
    const voice = tone(440).filter(({ at }) => at < OPUS_RATE || at >= 2 * OPUS_RATE);
    const sound = listen(mixInChunks([source(voice)], 4));
    expect(peakOf(sound.subarray(1.1 * OPUS_RATE, 1.98 * OPUS_RATE))).toBeLessThan(100);
    expect(peakOf(sound)).toBeLessThan(10_000);
    expect(toneLevel(sound, 440, 2.2, 3.8)).toBeCloseTo(8000, -3);
  });

  it('hides the loss of a packet', () => {
    const voice = tone(440).filter((_, index) => index !== 60);
    const sound = listen(mixInChunks([source(voice)], 3));
    expect(toneLevel(sound, 440, 1.2, 1.22)).toBeGreaterThan(4000);
  });

  it('goes on without what is no Opus', () => {
    const garbage = tone(440).map((packet, index) =>
      index % 3 === 0 ? { ...packet, payload: Buffer.alloc(index * 40, 0xff - (index % 7)) } : packet,
    );
    const sound = listen(mixInChunks([source(garbage), source(tone(1000))], 3));
    expect(toneLevel(sound, 1000, 0.5, 2.5)).toBeCloseTo(8000, -3);
    expect(peakOf(sound)).toBeLessThan(30_934);
  });

  it('can be replaced by packets of silence', () => {
    const packets = silentPackets(3);
    expect(packets).toHaveLength(3 * MIX_PACKET_BYTES);
    expect(
      listen(Buffer.concat([packets, mixPackets([source(tone(440))], { first: 3, count: 20 })])),
    ).toHaveLength(23 * 960);
    expect(peakOf(listen(packets))).toBe(0);
  });
});
