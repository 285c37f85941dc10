import type { RtpData } from '../codecs/rtp-data.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReorderBuffer } from './rtp-reorder.ts';

const packet = (sequenceNumber: number, arrivalMs = 0): RtpData => ({
  sequenceNumber: sequenceNumber & 0xffff,
  timestamp: 0,
  isMarker: false,
  payloadType: 96,
  payload: Buffer.alloc(0),
  arrivalMs,
});

function collect() {
  const delivered: { sequenceNumber: number; isAfterLoss: boolean }[] = [];
  const asked: number[][] = [];
  const counts = { lost: 0, recovered: 0 };
  const buffer = new ReorderBuffer({
    counts,
    deliver: ({ sequenceNumber }, isAfterLoss) => delivered.push({ sequenceNumber, isAfterLoss }),
    requestRetransmission: (numbers) => asked.push(numbers),
  });
  return { buffer, counts, delivered, asked, numbers: () => delivered.map((one) => one.sequenceNumber) };
}

describe('ReorderBuffer', () => {
  it('delivers packets in order whatever order they come in, over the wrap too', () => {
    const { buffer, numbers } = collect();
    for (const n of [65533, 65535, 65534, 1, 0, 2]) buffer.push(packet(n));
    expect(numbers()).toEqual([65533, 65534, 65535, 0, 1, 2]);
  });

  it('drops duplicates and what comes after it was given up', () => {
    const { buffer, counts, numbers } = collect();
    for (const n of [1, 1, 3, 3]) buffer.push(packet(n));
    buffer.tick(1000);
    buffer.push(packet(2));
    expect(numbers()).toEqual([1, 3]);
    expect(counts).toEqual({ lost: 1, recovered: 0 });
  });

  it('asks for a missing packet, again after a while, and counts it when it comes', () => {
    const { buffer, counts, asked, delivered } = collect();
    buffer.push(packet(65535, 1000));
    buffer.push(packet(1, 1000));
    for (const now of [1000, 1020, 1040, 1060, 1080]) buffer.tick(now);
    expect(asked).toEqual([[0], [0]]);
    buffer.push(packet(0, 1090));
    expect(delivered.map((one) => one.isAfterLoss)).toEqual([false, false, false]);
    expect(counts).toEqual({ lost: 0, recovered: 1 });
  });

  it('marks the packet after a hole that it gave up', () => {
    const { buffer, delivered } = collect();
    buffer.push(packet(1, 0));
    buffer.push(packet(4, 0));
    buffer.tick(400);
    expect(delivered).toHaveLength(1);
    buffer.tick(401);
    expect(delivered).toEqual([
      { sequenceNumber: 1, isAfterLoss: false },
      { sequenceNumber: 4, isAfterLoss: true },
    ]);
  });

  it('starts over when the numbers jump, without asking for thousands of packets', () => {
    const { buffer, asked, delivered } = collect();
    buffer.push(packet(1));
    buffer.push(packet(20000));
    buffer.push(packet(20001));
    buffer.tick(500);
    expect(asked).toEqual([]);
    expect(delivered).toEqual([
      { sequenceNumber: 1, isAfterLoss: false },
      { sequenceNumber: 20000, isAfterLoss: true },
      { sequenceNumber: 20001, isAfterLoss: false },
    ]);
  });

  it('ignores a single packet that was delayed for a very long time', () => {
    const { buffer, numbers, delivered } = collect();
    for (const n of [3000, 3001, 1500, 3002, 3003]) buffer.push(packet(n));
    expect(numbers()).toEqual([3000, 3001, 3002, 3003]);
    expect(delivered.some(({ isAfterLoss }) => isAfterLoss)).toBe(false);
  });

  it('asks as often as the network answers, and waits longer when it answers late', () => {
    const { buffer, counts, asked, delivered } = collect();
    let nowMs = 0;
    let requests = 0;
    buffer.push(packet(0, nowMs));
    // Every second packet has to be sent again, which takes 200 ms.
    for (let n = 2; n < 40; n += 2) {
      buffer.push(packet(n, nowMs));
      requests = asked.length;
      for (const until = nowMs + 200; nowMs < until; nowMs += 20) buffer.tick(nowMs);
      requests = asked.length - requests;
      buffer.push(packet(n - 1, nowMs));
    }
    expect(requests).toBe(1);
    expect(delivered.some(({ isAfterLoss }) => isAfterLoss)).toBe(false);

    buffer.push(packet(60_000, nowMs));
    buffer.push(packet(40, nowMs));
    buffer.tick(nowMs + 1000);
    expect(delivered.at(-1)?.sequenceNumber).toBe(38);
    buffer.push(packet(39, nowMs + 1010));
    expect(delivered.at(-1)?.sequenceNumber).toBe(40);
    expect(counts.lost).toBe(0);
  });

  it('delivers each packet of any shuffled, thinned stream once, in order, and marks every loss', () => {
    const stream = fc.record({
      first: fc.nat(65535),
      // For each packet: how many places late it comes, and whether it comes at all.
      packets: fc.array(fc.record({ late: fc.nat(20), isLost: fc.boolean() }), {
        minLength: 1,
        maxLength: 200,
      }),
    });
    fc.assert(
      fc.property(stream, ({ first, packets }) => {
        const { buffer, delivered } = collect();
        const arriving = packets
          .map(({ late, isLost }, i) => ({ index: i, at: i + late, isLost: isLost && i > 0 }))
          .filter((one) => !one.isLost)
          .toSorted((a, b) => a.at - b.at);
        const start = arriving[0]?.index ?? 0;
        for (const { index } of arriving) buffer.push(packet(first + index));
        buffer.tick(1000);
        const expected = arriving.map(({ index }) => index).filter((index) => index >= start);
        expected.sort((a, b) => a - b);
        expect(delivered).toEqual(
          expected.map((index, i) => ({
            sequenceNumber: (first + index) & 0xffff,
            isAfterLoss: i > 0 && expected[i - 1] !== index - 1,
          })),
        );
      }),
    );
  });
});
