import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { describe, expect, it } from 'vitest';
import { levelOf, loudnessOf } from './loudness.ts';
import type { OwnedSource } from './mix-sources.ts';
import { tonePackets } from './testing/tones.ts';

/** A tone of this amplitude, of 32768, is 12 dB below full scale. */
const LOUD = 8225;
/** So loud is it, of 100, on a scale of 48 dB. */
const LOUD_LEVEL = 75;

function source(tone: Parameters<typeof tonePackets>[0], part: Partial<OwnedSource> = {}): OwnedSource {
  return { userId: 'ada', from: 0, to: 60 * OPUS_RATE, packets: tonePackets(tone), ...part };
}

/** Tells the loudness of ten seconds. */
function levels(sources: readonly OwnedSource[], [from, to]: [number, number] = [0, 10]): number[][] {
  const stretch = { from: from * OPUS_RATE, to: to * OPUS_RATE };
  return loudnessOf(sources, stretch).map((one) => [...one.levels]);
}

describe('the loudness of voices', () => {
  it('is that of each tenth of a second in which somebody speaks, and nothing in between', () => {
    const [ada = []] = levels([source({ hertz: 440, level: LOUD, seconds: 2, startSeconds: 3 })]);
    expect(ada).toHaveLength(100);
    for (const level of ada.slice(31, 49)) expect(Math.abs(level - LOUD_LEVEL)).toBeLessThan(5);
    expect(ada.slice(0, 30).concat(ada.slice(52))).toEqual(Array.from({ length: 78 }, () => 0));
  });

  it('tells people and the share apart, and takes the louder one of a person’s microphones', () => {
    const told = loudnessOf(
      [
        source({ hertz: 440, level: 500, seconds: 1 }),
        source({ hertz: 640, level: LOUD, seconds: 1 }, { userId: null }),
        source({ hertz: 840, level: LOUD, seconds: 1 }),
      ],
      { from: 0, to: OPUS_RATE },
    );
    expect(told.map(({ userId }) => userId)).toEqual(['ada', null]);
    for (const one of told) expect(Math.abs((one.levels[5] ?? 0) - LOUD_LEVEL)).toBeLessThan(5);
  });

  it('is the same whether a stretch is looked at alone or with what is before', () => {
    const voice = source({ hertz: 440, level: LOUD, seconds: 10 });
    const [whole = []] = levels([voice]);
    const [part = []] = levels([voice], [4, 6]);
    for (const [index, level] of part.entries())
      expect(Math.abs(level - (whole[40 + index] ?? 0))).toBeLessThan(4);
  });

  it('ends with the section of the clip that somebody is heard in', () => {
    const [ada = []] = levels([
      source({ hertz: 440, level: LOUD, seconds: 10 }, { from: OPUS_RATE, to: 2 * OPUS_RATE }),
    ]);
    expect(ada.flatMap((level, index) => (level > 0 ? index : []))).toEqual([
      10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]);
  });

  it('is silence for what is no Opus', () => {
    const garbage = Array.from({ length: 50 }, (_, index) => ({
      at: index * 960,
      samples: 960,
      payload: Buffer.alloc(20, 0xff),
    }));
    const [ada = []] = levels([source({ hertz: 440, seconds: 0 }, { packets: garbage })]);
    expect(Math.max(...ada)).toBe(0);
  });

  it.each([
    [1, 100],
    [0.5, 87],
    [1 / 251, 0],
    [0, 0],
  ])('of an amplitude of %d is %d', (amplitude, level) => {
    expect(levelOf(amplitude)).toBe(level);
  });
});
