import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulateRescue, type SimulatedLane } from './testing/simulated-rescue.ts';
import { TrackRescue, type Remedy } from './track-rescue.ts';

const RUNS = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 2000) / 10);
/**
 * Of still shares that have it as bad as here, about one in two thousand is renewed, or asked for once more, for nothing: both its last
 * pictures were lost whole, or everything came later than a report. The short run takes the same shares each time and has none of these.
 */
const SEED = 7;
const TIMEOUT_MS = 10_000 + RUNS * 200;
const BACK_MS = 5000;
/** LiveKit reports this often. */
const REPORT_MS = 3000;
/** A track that is subscribed to anew has a keyframe again after about this long. */
const RENEWAL_MS = 500;

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
      [920, 'subscription'],
      [2420, 'connection'],
    ]);
  });

  it('has more patience with damaged pictures, because keyframes are on their way', () => {
    const rescue = new TrackRescue(0);
    const told = run(rescue, 0, 35_000, (nowMs) => {
      rescue.arrived(nowMs);
      rescue.read(0, nowMs);
      rescue.damaged(nowMs);
    });
    expect(told).toEqual([
      [0, 'keyframe'],
      [2500, 'subscription'],
      [32_500, 'connection'],
    ]);
  });

  it('leaves a large keyframe alone that takes seconds to come', () => {
    const rescue = new TrackRescue(0);
    const told = run(rescue, 0, 8000, (nowMs) => {
      rescue.read(0, nowMs);
      if (nowMs < 500) rescue.damaged(nowMs);
      if (nowMs === 6000) rescue.usable(nowMs);
    });
    expect(remedies(told)).toEqual(['keyframe']);
  });

  it('tries ever less often while nothing helps, and begins anew once the track has worked for a while', () => {
    const rescue = new TrackRescue(0);
    const damaged = (nowMs: number) => {
      rescue.read(0, nowMs);
      rescue.damaged(nowMs);
    };
    const told = run(rescue, 0, 200_000, damaged).map(([atMs]) => atMs);
    expect(told).toEqual([0, 2500, 32_500, 62_500, 122_500, 182_500]);
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
    rescue.reported(5000, 20_000, 20_000);
    rescue.restart(21_000);
    rescue.reported(9000, 23_000, 23_000);
    expect(rescue.isBroken(23_000)).toBe(false);
  });
});

describe('TrackRescue, from packets and reports', () => {
  const DIES_MS = 20_000;

  it.each<[string, number, Partial<SimulatedLane>]>([
    ['a busy picture', BACK_MS, {}],
    ['one of few packets', BACK_MS, { pictureMs: 100, packets: 5 }],
    ['one over a network on which reports come late', BACK_MS + 2 * REPORT_MS, { jitterMs: 300 }],
    ['one over a network that loses reports, too', BACK_MS + 2 * REPORT_MS, { lossFraction: 0.1 }],
  ])('renews a track that dies: %s, to be back within %i ms', (_, backMs, lane) => {
    for (let ms = 0; ms < 3000; ms += 100) {
      const deadFromMs = DIES_MS + ms;
      const told = simulateRescue({ forMs: 40_000, pictureMs: 67, packets: 15, ...lane, deadFromMs });
      const renewed = told.filter(([, remedy]) => remedy !== 'keyframe');
      const [[atMs] = [Infinity]] = renewed;
      expect(remedies(renewed).slice(0, 2)).toEqual(['subscription', 'connection']);
      expect(atMs).toBeGreaterThan(deadFromMs);
      expect(atMs).toBeLessThan(deadFromMs + backMs - RENEWAL_MS);
    }
  });

  it.each<[string, Partial<SimulatedLane>]>([
    ['has no sound beside it', { hasSound: false }],
    ['was still before', { pictureMs: 1000, packets: 12 }],
  ])('takes up to three reports for a track that %s', (_, lane) => {
    const told = simulateRescue({ forMs: 40_000, pictureMs: 67, packets: 15, ...lane, deadFromMs: DIES_MS });
    const [[atMs] = [Infinity]] = told.filter(([, remedy]) => remedy === 'subscription');
    expect(atMs - DIES_MS).toBeLessThan(10_000);
  });

  it(
    'never takes a still share for a dead one, whatever network and machine do',
    { timeout: TIMEOUT_MS },
    () => {
      const time = (maxMs: number) =>
        fc.record({
          atMs: fc.integer({ min: 5000, max: 25_000 }),
          forMs: fc.integer({ min: 100, max: maxMs }),
        });
      const lane = fc.record({
        pictureMs: fc.constantFrom(33, 67, 100, 500, 1000, 3000),
        packets: fc.integer({ min: 1, max: 30 }),
        stillFromMs: fc.integer({ min: 3000, max: 25_000 }),
        hasSound: fc.boolean(),
        lossFraction: fc.double({ min: 0, max: 0.3, noNaN: true }),
        jitterMs: fc.integer({ min: 0, max: 800 }),
        cuts: fc.array(time(6000), { maxLength: 2 }),
        holdUps: fc.array(time(9000), { maxLength: 3 }),
        seed: fc.nat(),
      });
      fc.assert(
        fc.property(lane, (still) => {
          const told = simulateRescue({ forMs: 60_000, ...still });
          expect(remedies(told).filter((remedy) => remedy !== 'keyframe')).toEqual([]);
          // What may be the end of the last picture is asked for once.
          expect(told.filter(([atMs]) => atMs > 50_000)).toEqual([]);
        }),
        { numRuns: RUNS, seed: SEED },
      );
    },
  );
});
