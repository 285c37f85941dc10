import { describe, expect, it } from 'vitest';
import { ShareHealth } from './share-health.ts';

const BOTH = ['video', 'audio'];

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
    expect([5000, 5001, 6000].map((now) => health.check(now))).toEqual([undefined, BOTH, undefined]);
    health.sawMedia(7000);
    expect([7001, 7002].map((now) => health.check(now))).toEqual([[], undefined]);
  });

  it('is degraded when pictures could not be used for 3 s, although media come, until one can', () => {
    const health = new ShareHealth(0);
    const checkAt = (nowMs: number) => {
      health.sawMedia(nowMs);
      health.lost('video', nowMs);
      return health.check(nowMs);
    };
    expect([10_000, 12_000, 13_000, 13_001, 30_000].map(checkAt)).toEqual([
      ...[undefined, undefined, undefined, ['video'], undefined],
    ]);
    health.sawUsable('video');
    expect(health.check(30_020)).toEqual([]);
    expect([30_040, 32_000].map(checkAt)).toEqual([undefined, undefined]);
  });

  it('says which of the tracks is lost, whenever that changes', () => {
    const health = new ShareHealth(0);
    const checkAt = (nowMs: number) => {
      health.sawMedia(nowMs);
      return health.check(nowMs);
    };
    health.lost('video', 0);
    health.lost('audio', 1000);
    expect([3000, 3001, 4001].map(checkAt)).toEqual([undefined, ['video'], BOTH]);
    health.sawUsable('video');
    expect([4500, 5000].map(checkAt)).toEqual([['audio'], undefined]);
    health.sawUsable('audio');
    expect(checkAt(5020)).toEqual([]);
  });

  it('does not count how long a muted share stands still', () => {
    const health = new ShareHealth(0);
    health.lost('video', 0);
    health.setMuted(true, 1000);
    expect(health.check(20_000)).toBeUndefined();
    health.setMuted(false, 20_000);
    expect([23_000, 23_001].map((now) => health.check(now))).toEqual([undefined, ['video']]);
  });

  it('counts from the end of a mute', () => {
    const health = new ShareHealth(0);
    health.setMuted(true, 0);
    health.setMuted(false, 20_000);
    expect([20_001, 25_001].map((now) => health.check(now))).toEqual([undefined, BOTH]);
  });
});
