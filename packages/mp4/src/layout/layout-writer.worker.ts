import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { CopyRequest, CopyMessage } from './layout-writer.ts';
import { partLength } from '../tables/payload.ts';

// Reads and writes synchronously: the thread has nothing else to do, and the main one is never held up.
const BLOCK_BYTES = 1024 * 1024;

/** Lets time pass until so many bytes may have been copied. */
function keepTo(maxBytesPerSecond: number, copiedBytes: number, startedAt: number): void {
  const aheadMs = (1000 * copiedBytes) / maxBytesPerSecond - (performance.now() - startedAt);
  if (aheadMs >= LEAST_WAIT_MS) Atomics.wait(NOTHING, 0, 0, aheadMs);
}

const LEAST_WAIT_MS = 5;
/** Never changes: waiting for it to is sleeping. */
const NOTHING = new Int32Array(new SharedArrayBuffer(4));

function copy({ path, head, parts, maxBytesPerSecond }: CopyRequest): string {
  const startedAt = performance.now();
  let copiedBytes = 0;
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  const output = openSync(path, 'wx');
  const input = { path: '', file: -1 };
  let filled = 0;

  const flush = (bytes: Uint8Array) => {
    hash.update(bytes);
    for (let at = 0; at < bytes.length;) at += writeSync(output, bytes, at, bytes.length - at);
    copiedBytes += bytes.length;
    if (maxBytesPerSecond !== undefined) keepTo(maxBytesPerSecond, copiedBytes, startedAt);
  };
  const advance = (bytes: number) => {
    filled += bytes;
    if (filled < BLOCK_BYTES) return;
    flush(block);
    filled = 0;
  };

  try {
    flush(head);
    for (const part of parts) {
      const length = partLength(part);
      if ('path' in part && input.path !== part.path) {
        if (input.file >= 0) closeSync(input.file);
        input.file = -1;
        input.file = openSync(part.path, 'r');
        input.path = part.path;
      }
      for (let done = 0; done < length;) {
        const wanted = Math.min(length - done, BLOCK_BYTES - filled);
        let taken = wanted;
        if ('bytes' in part) block.set(part.bytes.subarray(done, done + wanted), filled);
        else taken = readSync(input.file, block, filled, wanted, part.offset + done);
        if (taken === 0) throw new Error(`${'path' in part ? part.path : 'a part'} is shorter than it was`);
        done += taken;
        advance(taken);
      }
    }
    flush(block.subarray(0, filled));
  } finally {
    if (input.file >= 0) closeSync(input.file);
    closeSync(output);
  }
  return hash.digest('hex');
}

parentPort?.once('message', (request: CopyRequest) => {
  parentPort?.postMessage({ checksum: copy(request) } satisfies CopyMessage);
});
