import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulateShare, type Placed, type SimulatedShare, type Stall } from '../testing/simulated-share.ts';

const RUNS = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 2000) / 80);
/** A run takes some 50 ms on a quiet machine. */
const TIMEOUT_MS = 10_000 + RUNS * 1000;
const AT_ONCE_MS = 250;
const SOON_MS = 5000;
const SOON_ERROR_MS = 40;

const worst = (placed: readonly Placed[]): number =>
  Math.max(...placed.map(({ errorMs }) => Math.abs(errorMs)));
const of = (placed: readonly Placed[], kind: Stall['kind'], fromMs: number, toMs = Infinity): Placed[] =>
  placed.filter((p) => p.kind === kind && p.capturedMs >= fromMs && p.capturedMs < toMs);

/** Simulates a share and returns how far from their times the media are: all, those after a stall, and those 5 s after it. */
function afterStall(share: Omit<SimulatedShare, 'forMs' | 'stalls'>, stall: Stall) {
  const endMs = stall.atMs + stall.forMs;
  const placed = simulateShare({ forMs: endMs + stall.forMs + 15_000, stalls: [stall], ...share });
  const other = stall.kind === 'audio' ? 'video' : 'audio';
  return {
    beforeMs: worst(of(placed, stall.kind, 0, stall.atMs)),
    atOnceMs: worst(of(placed, stall.kind, endMs)),
    soonMs: worst(of(placed, stall.kind, endMs + SOON_MS)),
    otherMs: worst(of(placed, other, 0)),
    lagMs: Math.max(...of(placed, stall.kind, endMs).map(({ lagMs }) => lagMs)),
    count: of(placed, stall.kind, endMs).length,
  };
}

describe('a media clock that stood still', () => {
  it.each<[Stall['kind'], number, boolean]>([
    ['audio', 3400, true],
    ['audio', 8000, true],
    ['audio', 3400, false],
    ['audio', 300, true],
    ['audio', 30_000, true],
    ['video', 3400, true],
    ['video', 8000, true],
    ['video', 3400, false],
  ])('%s for %i ms: what follows has its time at once (reports go on: %s)', (kind, forMs, reportsGoOn) => {
    const seen = afterStall({ reportsGoOn }, { kind, atMs: 20_000, forMs });
    expect(seen.count).toBeGreaterThan(200);
    expect(seen.beforeMs).toBeLessThan(5);
    expect(seen.atOnceMs).toBeLessThan(5);
    expect(seen.otherMs).toBeLessThan(5);
    expect(seen.lagMs).toBeLessThan(1000);
  });

  it(
    'stays within 250 ms at once and within 40 ms after 5 s, for any stall and jitter',
    { timeout: TIMEOUT_MS },
    () => {
      const kind = fc.constantFrom('audio' as const, 'video' as const);
      const forMs = fc.integer({ min: 300, max: 20_000 });
      const share = fc.record({
        reportsGoOn: fc.boolean(),
        jitterMs: fc.integer({ min: 0, max: 100 }),
        seed: fc.nat(),
      });
      fc.assert(
        fc.property(share, kind, forMs, fc.integer({ min: 7000, max: 25_000 }), (network, k, ms, atMs) => {
          const seen = afterStall(network, { kind: k, atMs, forMs: ms });
          expect(seen.atOnceMs).toBeLessThan(AT_ONCE_MS);
          expect(seen.soonMs).toBeLessThan(SOON_ERROR_MS);
          expect(seen.otherMs).toBeLessThan(AT_ONCE_MS);
        }),
        { numRuns: RUNS },
      );
    },
  );

  it('may stand still again before a report has told of the first time', () => {
    const stalls: Stall[] = [3000, 9000, 14_000].map((ms) => ({
      kind: 'audio',
      atMs: 20_000 + ms,
      forMs: 4000,
    }));
    const placed = simulateShare({ forMs: 70_000, stalls, reportsGoOn: true });
    expect(worst(placed)).toBeLessThan(5);
  });
});

describe('a network that holds media back', () => {
  const outage = fc.record({
    atMs: fc.integer({ min: 8000, max: 25_000 }),
    forMs: fc.integer({ min: 100, max: 9000 }),
    drain: fc.double({ min: 2, max: 100, noNaN: true }),
  });
  const pictureMs = fc.array(fc.integer({ min: 33, max: 6000 }), { minLength: 1, maxLength: 8 });

  it(
    'moves no time, however late its bursts come, whatever it loses and however still the share is',
    { timeout: TIMEOUT_MS },
    () => {
      const lost = fc.record({
        kind: fc.constantFrom('audio' as const, 'video' as const),
        fromMs: fc.integer({ min: 8000, max: 25_000 }),
        lengthMs: fc.integer({ min: 20, max: 6000 }),
        recoveredMs: fc.option(fc.integer({ min: 20, max: 1400 }), { nil: undefined }),
      });
      const share = fc.record({
        pictureMs: fc.oneof(fc.constant([67]), pictureMs),
        outages: fc.array(outage, { maxLength: 2 }),
        areReportsOut: fc.boolean(),
        jitterMs: fc.integer({ min: 0, max: 250 }),
        quietMs: fc.integer({ min: 0, max: 10_000 }),
        lost: fc.array(lost, { maxLength: 2 }),
        seed: fc.nat(),
      });
      fc.assert(
        fc.property(share, ({ quietMs, lost: losses, ...network }) => {
          const placed = simulateShare({
            forMs: 60_000,
            ...network,
            quiet: { fromMs: 30_000, toMs: 30_000 + quietMs },
            lost: losses.map(({ lengthMs, ...l }) => ({ ...l, toMs: l.fromMs + lengthMs })),
          });
          // What is taken for a clock that stood still is moved by more than this.
          expect(worst(placed)).toBeLessThan(AT_ONCE_MS);
        }),
        { numRuns: RUNS },
      );
    },
  );
});

describe('a way that becomes longer all at once', () => {
  it.each([
    ['audio', 300],
    ['video', 800],
    ['audio', 3000],
  ] as const)('looks like a clock that stood still, but only until reports tell: %s, %i ms', (kind, byMs) => {
    const atMs = 20_000;
    const placed = simulateShare({ forMs: 60_000, longerWay: { atMs, byMs }, areReportsOut: true });
    expect(worst(of(placed, kind, 0, atMs - 100))).toBeLessThan(SOON_ERROR_MS);
    expect(worst(of(placed, kind, atMs + byMs + 15_000))).toBeLessThan(SOON_ERROR_MS);
  });
});

describe('times that are right whatever goes missing', () => {
  const silent = (kind: Stall['kind'], atMs: number, forMs: number) => ({
    kind,
    fromMs: atMs,
    toMs: atMs + forMs,
  });
  const bursts = (kind: Stall['kind'], packetMs: number) =>
    Array.from({ length: 5 }, (_, i) => silent(kind, (i + 1) * 40_000, 300 * packetMs));

  it.each<[string, Omit<SimulatedShare, 'forMs'>]>([
    ['a picture that is silent for 60 s', { lost: [silent('video', 20_000, 60_000)] }],
    ['sound that is silent for 60 s', { lost: [silent('audio', 20_000, 60_000)] }],
    ['sound of which DTX leaves out most for 60 s', { quiet: { fromMs: 20_000, toMs: 80_000 } }],
    ['a screen that changes each 9 s', { pictureMs: [9000] }],
    ['bursts of 300 lost packets of sound every 40 s', { lost: bursts('audio', 20) }],
    ['bursts of 300 lost pictures every 40 s', { lost: bursts('video', 67) }],
    ...[100_000, -100_000].map((byMs): [string, Omit<SimulatedShare, 'forMs'>] => [
      `both silent for 8 s, and an RTP time that jumps by ${byMs / 1000} s`,
      {
        lost: [silent('video', 20_000, 8000), silent('audio', 20_000, 8000)],
        jumps: [
          { kind: 'video', atMs: 24_000, byMs },
          { kind: 'audio', atMs: 24_000, byMs },
        ],
      },
    ]),
  ])('%s', (_, share) => {
    const placed = simulateShare({ forMs: 240_000, ...share });
    expect(of(placed, 'video', 200_000).length).toBeGreaterThan(3);
    expect(of(placed, 'audio', 230_000).length).toBeGreaterThan(450);
    expect(worst(placed)).toBeLessThan(SOON_ERROR_MS);
  });
});
