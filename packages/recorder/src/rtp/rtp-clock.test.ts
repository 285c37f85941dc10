import { describe, expect, it } from 'vitest';
import { ntpToEpochMs, SharedOffset, TrackClock } from './rtp-clock.ts';

describe('ntpToEpochMs', () => {
  it.each([
    [2_208_988_800n << 32n, 0],
    [(2_208_988_801n << 32n) + 0x8000_0000n, 1500],
    [(4_004_244_900n << 32n) + 0x4000_0000n, 1_795_256_100_250],
  ])('%s is %i ms', (ntp, expected) => {
    expect(ntpToEpochMs(ntp)).toBe(expected);
  });
});

describe('SharedOffset', () => {
  it('is that of the least delayed report', () => {
    const offset = new SharedOffset();
    const { ms } = [30, 12, 55].map((delayMs) => offset.observe(1000, 1000 + delayMs)).at(-1) ?? { ms: NaN };
    expect(ms).toBe(12);
  });

  it('follows a clock that drifts away', () => {
    const offset = new SharedOffset();
    offset.observe(0, -500);
    for (let i = 0; i < 63; i++) offset.observe(0, 20);
    expect(offset.observe(0, 20).ms).toBe(20);
  });
});

describe('TrackClock', () => {
  it('guesses from the least delayed packet until a sender report comes', () => {
    const clock = new TrackClock(90_000, new SharedOffset());
    clock.observe(0, 1_000_080);
    clock.observe(9_000, 1_000_130);
    expect(clock.isExact).toBe(false);
    expect(clock.wallMs(0)).toBe(1_000_030);
  });

  it('maps timestamps by the sender report, shifted to our clock', () => {
    const clock = new TrackClock(90_000, new SharedOffset());
    clock.observe(90_000, 60_050);
    clock.senderReport(180_000, 61_000, 61_005);
    expect(clock.isExact).toBe(true);
    expect(clock.wallMs(90_000)).toBe(60_005);
  });

  it('keeps two tracks together, whichever of their reports was delayed', () => {
    const offset = new SharedOffset();
    const video = new TrackClock(90_000, offset);
    const audio = new TrackClock(48_000, offset);
    video.senderReport(90_000, 10_000, 10_250);
    audio.senderReport(48_000, 10_000, 10_004);
    expect(video.wallMs(90_000)).toBe(audio.wallMs(48_000));
  });

  it('never says that a packet was captured after it could have been sent', () => {
    const clock = new TrackClock(48_000, new SharedOffset(), 20);
    clock.senderReport(0, 1_000_000, 1_000_000);
    clock.observe(4_800, 1_000_090);
    clock.observe(9_600, 1_000_215);
    expect(clock.wallMs(4_800)).toBe(1_000_070);
    expect(clock.wallMs(9_600)).toBe(1_000_170);
  });

  it('forgets how little delay there was half a minute ago', () => {
    const clock = new TrackClock(90_000, new SharedOffset());
    clock.observe(0, 1_000_000);
    for (let second = 1; second < 40; second++) clock.observe(second * 90_000, 1_000_100 + second * 1000);
    expect(clock.wallMs(0)).toBe(1_000_100);
  });

  it('is not moved by single reports that are off', () => {
    const clock = new TrackClock(48_000, new SharedOffset());
    for (const [i, offMs] of [0, 0, 0, 180, 0, -150, 0].entries()) {
      clock.observe(i * 144_000, 1_000_000 + i * 3000 + 40);
      clock.senderReport(i * 144_000, 1_000_000 + i * 3000 + offMs, 1_000_000 + i * 3000 + 200);
    }
    expect(Math.abs(clock.wallMs(144_000) - 1_003_000)).toBeLessThan(25);
  });

  it('treats timestamps that fall back by hours as a new time base even before a report', () => {
    const clock = new TrackClock(90_000, new SharedOffset());
    clock.observe(0x7000_0000, 1_000_000);
    clock.senderReport(0x7000_0000, 1_000_000, 1_000_000);
    clock.observe(0x1000_0000, 1_000_030);
    expect(clock.wallMs(0x1000_0000)).toBe(1_000_030);
    expect(clock.isExact).toBe(false);
  });

  it('follows a new time base at once', () => {
    const clock = new TrackClock(90_000, new SharedOffset());
    for (let i = 0; i < 5; i++) {
      clock.observe(i * 270_000, 1_000_000 + i * 3000);
      clock.senderReport(i * 270_000, 1_000_000 + i * 3000, 1_000_000 + i * 3000);
    }
    clock.senderReport(90_000, 1_015_000, 1_015_000);
    expect(clock.wallMs(90_000)).toBe(1_015_000);
  });
});
