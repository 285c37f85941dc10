import { describe, expect, it } from 'vitest';
import { TrackRescue, type Remedy } from './track-rescue.ts';

type Told = [atMs: number, remedy: Remedy];

/** Runs the time of a test in steps of a tick, with what happens at each; returns the remedies and when they were due. */
function run(rescue: TrackRescue, fromMs: number, toMs: number, happens: (nowMs: number) => void): Told[] {
  const told: Told[] = [];
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 20) {
    happens(nowMs);
    const remedy = rescue.check(nowMs);
    if (remedy !== undefined) told.push([nowMs, remedy]);
  }
  return told;
}

const remedies = (told: readonly Told[]): Remedy[] => told.map(([, remedy]) => remedy);

describe('TrackRescue', () => {
  it('renews subscription, then connection, while packets arrive that are refused', () => {
    const refused = new TrackRescue(0);
    expect(run(refused, 0, 4000, (nowMs) => refused.arrived(nowMs))).toEqual([
      [520, 'keyframe'],
      [1420, 'subscription'],
      [2920, 'connection'],
    ]);
  });

  it('has more patience with damaged pictures, because keyframes are on their way', () => {
    const rescue = new TrackRescue(0);
    const told = run(rescue, 0, 15_000, (nowMs) => {
      rescue.arrived(nowMs);
      rescue.read(nowMs);
      rescue.damaged(nowMs);
    });
    expect(told).toEqual([
      [0, 'keyframe'],
      [2500, 'subscription'],
      [12_500, 'connection'],
    ]);
  });

  it('leaves a large keyframe alone that takes seconds to come', () => {
    const rescue = new TrackRescue(0);
    const told = run(rescue, 0, 8000, (nowMs) => {
      rescue.read(nowMs);
      if (nowMs < 500) rescue.damaged(nowMs);
      if (nowMs === 6000) rescue.usable(nowMs);
    });
    expect(remedies(told)).toEqual(['keyframe']);
  });

  it('notices packets that the sender reports and that never arrive', () => {
    const rescue = new TrackRescue(0);
    let sent = 0;
    const told = run(rescue, 0, 9000, (nowMs) => {
      sent++;
      if (nowMs < 4000) rescue.read(nowMs);
      if (nowMs % 3000 === 0) rescue.reported(sent, nowMs);
    });
    expect(told).toEqual([
      [6000, 'keyframe'],
      [6900, 'subscription'],
      [8400, 'connection'],
    ]);
  });

  it('is patient again as soon as packets come that can be read', () => {
    const rescue = new TrackRescue(0);
    const told = run(rescue, 0, 9000, (nowMs) => {
      // The thread stood still until now: a report comes before the packets that it counts.
      if (nowMs === 5000) rescue.reported(100, nowMs);
      if (nowMs === 6000) rescue.reported(900, nowMs);
      if (nowMs === 6020) rescue.read(nowMs);
    });
    expect(remedies(told)).toEqual(['keyframe']);
  });

  it('has nothing to do for a track that sends nothing, or little', () => {
    const rescue = new TrackRescue(0);
    let sent = 0;
    const told = run(rescue, 0, 60_000, (nowMs) => {
      const isSent = nowMs < 20_000 && nowMs % 1000 === 0;
      if (isSent) sent++;
      if (isSent) rescue.arrived(nowMs);
      if (isSent) rescue.read(nowMs);
      if (nowMs % 3000 === 20) rescue.reported(sent, nowMs);
    });
    expect(told).toEqual([]);
  });

  it('has nothing to do for a network that loses one packet of ten, and comes back after 5 s', () => {
    const rescue = new TrackRescue(0);
    let sent = 0;
    const told = run(rescue, 0, 60_000, (nowMs) => {
      sent++;
      const isCut = nowMs >= 31_000 && nowMs < 36_000;
      if (nowMs % 200 !== 0 && !isCut) rescue.read(nowMs);
      if (nowMs % 200 !== 0 && !isCut && nowMs % 1000 === 60) rescue.usable(nowMs);
      // The first packet after the cut is a report.
      if (nowMs % 3000 === 0 && !isCut) rescue.reported(sent, nowMs);
    });
    expect(remedies(told).filter((remedy) => remedy !== 'keyframe')).toEqual([]);
  });

  it('tries ever less often while nothing helps, and begins anew once the track has worked for a while', () => {
    const rescue = new TrackRescue(0);
    const damaged = (nowMs: number) => {
      rescue.read(nowMs);
      rescue.damaged(nowMs);
    };
    const told = run(rescue, 0, 200_000, damaged).map(([atMs]) => atMs);
    expect(told).toEqual([0, 2500, 12_500, 42_500, 102_500, 162_500]);
    rescue.usable(200_000);
    // It broke again too soon for it to have worked.
    expect(remedies(run(rescue, 201_000, 204_000, damaged))).toEqual([]);
    rescue.usable(204_000);
    expect(remedies(run(rescue, 240_000, 244_000, damaged))).toEqual(['keyframe', 'subscription']);
  });

  it('says nothing about a track that was muted or has another source', () => {
    const rescue = new TrackRescue(0);
    const told = run(rescue, 0, 20_000, (nowMs) => {
      rescue.arrived(nowMs);
      if (nowMs % 400 === 0) rescue.restart(nowMs);
    });
    expect(told).toEqual([]);
    rescue.reported(5000, 20_000);
    rescue.restart(21_000);
    rescue.reported(9000, 23_000);
    expect(rescue.isBroken(23_000)).toBe(false);
  });
});
