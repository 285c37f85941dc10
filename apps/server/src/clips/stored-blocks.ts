import { buffer } from 'node:stream/consumers';
import { MiB } from '@hindsight/shared/units';
import type { ObjectStorage } from '../storage/storage.port.ts';

/** Each request to the storage asks for so much. */
const BLOCK_BYTES = MiB;
/** Two objects are read in turns, and what comes next may lie a little before what was read last. */
const KEPT_BLOCKS = 6;

/**
 * Reads small stretches of several objects in turns, without a request to the storage for each of them.
 * @param sizes of the objects, in bytes
 */
export function createStoredBlocks(
  storage: Pick<ObjectStorage, 'read'>,
  sizes: ReadonlyMap<string, number>,
): (key: string, from: number, to: number) => AsyncGenerator<Buffer> {
  /** The block that was used last is the last one. */
  const kept = new Map<string, Buffer>();

  async function blockOf(key: string, index: number): Promise<Buffer> {
    const name = `${key} ${index}`;
    const start = index * BLOCK_BYTES;
    const end = Math.min(start + BLOCK_BYTES, sizes.get(key) ?? 0) - 1;
    const block = kept.get(name) ?? (await buffer(await storage.read(key, { start, end })));
    kept.delete(name);
    kept.set(name, block);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_BLOCKS && oldest !== undefined) kept.delete(oldest);
    return block;
  }

  return async function* read(key, from, to) {
    for (let at = from; at < to;) {
      const index = Math.floor(at / BLOCK_BYTES);
      const block = await blockOf(key, index);
      const bytes = block.subarray(
        at - index * BLOCK_BYTES,
        Math.min(to - index * BLOCK_BYTES, block.length),
      );
      if (bytes.length === 0) throw new Error(`${key} is shorter than its row says`);
      yield bytes;
      at += bytes.length;
    }
  };
}
