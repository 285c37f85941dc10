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

  it('counts from the end of a mute', () => {
    const health = new ShareHealth(0);
    health.setMuted(true, 0);
    health.setMuted(false, 20_000);
    expect([20_001, 25_001].map((now) => health.check(now))).toEqual([undefined, true]);
  });
});
