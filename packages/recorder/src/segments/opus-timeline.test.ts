import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpusTimeline } from './opus-timeline.ts';

const PACKET = Buffer.from([0xfc, 1, 2, 3]); // 20 ms
const spans = (samples: { decodeTime: number; duration: number }[]) =>
  samples.map(({ decodeTime, duration }) => [decodeTime, decodeTime + duration]);

describe('OpusTimeline', () => {
  it('lays packets end to end, whatever the noise in their times', () => {
    const timeline = new OpusTimeline();
    const samples = [3, 955, 1925, 2880].flatMap((time) => timeline.push(time, PACKET));
    expect(spans(samples)).toEqual([
      [0, 960],
      [960, 1920],
      [1920, 2880],
      [2880, 3840],
    ]);
  });

  it('fills a pause with silence', () => {
    const timeline = new OpusTimeline();
    timeline.push(0, PACKET);
    const samples = timeline.push(3000, PACKET);
    expect(spans(samples)).toEqual([
      [960, 1920],
      [1920, 2880],
      [2880, 3000],
      [3000, 3960],
    ]);
    expect(samples.at(-1)?.chunks).toEqual([PACKET]);
  });

  it('drops packets that would overlap earlier ones', () => {
    const timeline = new OpusTimeline();
    timeline.silenceUntil(9600);
    expect(timeline.push(4800, PACKET)).toEqual([]);
    expect(spans(timeline.push(9000, PACKET))).toEqual([[9600, 10560]]);
  });

  it('drops bytes that are no Opus packet', () => {
    const timeline = new OpusTimeline();
    expect(timeline.push(5000, Buffer.alloc(0))).toEqual([]);
    expect(timeline.endTime).toBe(0);
  });

  it('has no hole and no overlap, and no packet more than 22.5 ms from its time', () => {
    const pushes = fc.array(fc.record({ gap: fc.integer({ min: -3000, max: 20_000 }) }), { maxLength: 60 });
    fc.assert(
      fc.property(pushes, (packets) => {
        const timeline = new OpusTimeline();
        let time = 0;
        let end = 0;
        for (const { gap } of packets) {
          time = Math.max(0, time + 960 + gap);
          const samples = timeline.push(time, PACKET);
          for (const sample of samples) {
            expect(sample.decodeTime).toBe(end);
            end += sample.duration;
          }
          const last = samples.at(-1);
          if (last !== undefined) expect(Math.abs(last.decodeTime - time)).toBeLessThanOrEqual(1080);
        }
      }),
    );
  });
});
