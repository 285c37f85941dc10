import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PendingBytes } from './pending-bytes.ts';

const BLOCK_BYTES = 32 * 1024;

/** Returns bytes of which each tells where it is. */
function pattern(sizeBytes: number, seed: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + seed * 97) & 0xff));
}

describe('PendingBytes', () => {
  it('returns copies, in as few pieces as blocks allow', () => {
    const pending = new PendingBytes();
    const received = [pattern(1000, 1), pattern(200, 2)];
    const all = Buffer.concat(received);
    const kept = pending.keep(received);
    for (const chunk of received) chunk.fill(0);
    expect(kept).toEqual([all]);

    const large = pending.keep([pattern(3 * BLOCK_BYTES, 3)]);
    expect(large.map(({ length }) => length)).toEqual([BLOCK_BYTES - 1200, BLOCK_BYTES, BLOCK_BYTES, 1200]);
    expect(Buffer.concat(large)).toEqual(pattern(3 * BLOCK_BYTES, 3));
    expect(pending.keep([Buffer.alloc(0)])).toEqual([]);
    expect(pending.keep([])).toEqual([]);
  });

  it('leaves what is still needed as it is, whatever is kept and released beside it', () => {
    const keep = fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 3 });
    const releaseEach = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(fc.array(fc.oneof(keep, releaseEach), { maxLength: 30 }), (steps) => {
        const pending = new PendingBytes();
        let held: { pieces: Buffer[]; bytes: Buffer }[] = [];
        for (const [seed, step] of steps.entries()) {
          if (typeof step === 'number') {
            held = held.filter((_, i) => i % step === 0);
            pending.releaseAllBut(held.flatMap(({ pieces }) => pieces));
          } else {
            const chunks = step.map((sizeBytes, i) => pattern(sizeBytes, seed + i));
            held.push({ pieces: pending.keep(chunks), bytes: Buffer.concat(chunks) });
          }
          for (const { pieces, bytes } of held) expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('uses memory again, and no more of it than was needed the last time', () => {
    const pending = new PendingBytes();
    const fill = (sizeBytes: number): Set<ArrayBufferLike> => {
      const kept = pending.keep([pattern(sizeBytes, 1)]);
      pending.releaseAllBut([]);
      return new Set(kept.map(({ buffer }) => buffer));
    };
    const [first, second] = [fill(100_000), fill(100_000)];
    expect(first.size).toBe(4);
    expect(second).toEqual(first);
    const burst = fill(1_000_000);
    expect([...first].every((block) => burst.has(block))).toBe(true);
    // Of the burst's blocks those stay that the next time needs, and no others after that.
    const after = fill(20_000);
    const next = fill(1_000_000);
    expect([...next].filter((block) => burst.has(block))).toEqual([...after]);
  });
});
