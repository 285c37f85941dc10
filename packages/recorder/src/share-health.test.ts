import { describe, expect, it } from 'vitest';
import { ShareHealth } from './share-health.ts';

describe('ShareHealth', () => {
  it('extends the picture for 2.5 s after the last media, but ends a recording at them', () => {
    const health = new ShareHealth(0);
    health.sawMedia(10_000);
    expect([10_100, 12_500, 12_501, 30_000].map((now) => health.shownUntilMs(now))).toEqual([
      10_100, 12_500, 12_500, 12_500,
    ]);
    expect([10_100, 12_500, 12_501, 30_000].map((now) => health.endsAtMs(now))).toEqual([
      10_100, 12_500, 10_000, 10_000,
    ]);
  });

  it('extends the picture for as long as the share is muted', () => {
    const health = new ShareHealth(0);
    health.setMuted(true, 1000);
    expect(health.shownUntilMs(60_000)).toBe(60_000);
    expect(health.endsAtMs(60_000)).toBe(60_000);
    expect(health.check(60_000)).toBeUndefined();
  });

  it('is degraded after 5 s without media, and reports each change once', () => {
    const health = new ShareHealth(0);
    expect([5000, 5001, 6000].map((now) => health.check(now))).toEqual([undefined, true, undefined]);
    health.sawMedia(7000);
    expect([7001, 7002].map((now) => health.check(now))).toEqual([false, undefined]);
  });

  it('is degraded when pictures could not be used for 3 s, although media come, until one can', () => {
    const health = new ShareHealth(0);
    const checkAt = (nowMs: number) => {
      health.sawMedia(nowMs);
      health.pictureLost(nowMs);
      return health.check(nowMs);
    };
    expect([10_000, 12_000, 13_000, 13_001, 30_000].map(checkAt)).toEqual([
      ...[undefined, undefined, undefined, true, undefined],
    ]);
    health.sawPicture();
    expect(health.check(30_020)).toBe(false);
    expect([30_040, 32_000].map(checkAt)).toEqual([undefined, undefined]);
  });

  it('does not count how long a muted share stands still', () => {
    const health = new ShareHealth(0);
    health.pictureLost(0);
    health.setMuted(true, 1000);
    expect(health.check(20_000)).toBeUndefined();
    health.setMuted(false, 20_000);
    expect([23_000, 23_001].map((now) => health.check(now))).toEqual([undefined, true]);
  });

  it('counts from the end of a mute', () => {
    const health = new ShareHealth(0);
    health.setMuted(true, 0);
    health.setMuted(false, 20_000);
    expect([20_001, 25_001].map((now) => health.check(now))).toEqual([undefined, true]);
  });
});
