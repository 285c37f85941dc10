import { describe, expect, it } from 'vitest';
import { ReceptionStats } from './reception-report.ts';

const RATE = 90_000;
const START_MS = Date.UTC(2026, 0, 1);

/** Receives packets with these numbers, 20 ms apart, each late by as much as is said. */
function received(numbers: readonly number[], lateMs: (i: number) => number = () => 0): ReceptionStats {
  const stats = new ReceptionStats(7, RATE);
  for (const [i, number] of numbers.entries())
    stats.packet(number % 0x10000, (0xffff_0000 + i * 1800) % 2 ** 32, START_MS + i * 20 + lateMs(i));
  return stats;
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('a report of what came', () => {
  it('counts what is missing across the turn of the number, all of it and since the last report', () => {
    const stats = received(numbers(65_500, 65_700).filter((number) => number % 10 !== 0));
    expect(stats.take(START_MS)).toMatchObject({
      ssrc: 7,
      packetsLost: 19,
      fractionLost: 24,
      highestSequence: 65_699,
    });
    expect(stats.take(START_MS)).toMatchObject({ packetsLost: 19, fractionLost: 0 });
  });

  it('counts late packets as received, and those that come twice as no loss', () => {
    const stats = received([5, 7, 6, 9, 9, 8, 10]);
    expect(stats.take(START_MS)).toMatchObject({ packetsLost: 0, fractionLost: 0, highestSequence: 10 });
  });

  it('knows how much later packets come than their times say', () => {
    expect(received(numbers(0, 500)).take(START_MS).jitter).toBe(0);
    // Each comes 10 ms earlier or later than the one before, which is 900 ticks.
    const { jitter } = received(numbers(0, 500), (i) => (i % 2) * 10).take(START_MS);
    expect(jitter).toBeGreaterThan(890);
    expect(jitter).toBeLessThanOrEqual(900);
  });

  it('answers the newest report of the sender', () => {
    const stats = received([1]);
    expect(stats.take(START_MS)).toMatchObject({ lsr: 0, dlsr: 0 });
    stats.senderReport(0x1234_5678_9abc_def0n, START_MS);
    expect(stats.take(START_MS + 1500)).toMatchObject({ lsr: 0x5678_9abc, dlsr: 98_304 });
  });
});
