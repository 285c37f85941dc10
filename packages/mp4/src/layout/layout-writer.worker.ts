import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { CopyRequest, CopyMessage } from './layout-writer.ts';
import { partLength } from '../tables/payload.ts';

// This thread reads and writes synchronously, because it has nothing else to do and the main thread doesn't wait for it.
const BLOCK_BYTES = 1024 * 1024;

/** Sleeps until `copiedBytes` may have been copied at this rate. */
function throttle(maxBytesPerSecond: number, copiedBytes: number, startedAt: number): void {
  const aheadMs = (1000 * copiedBytes) / maxBytesPerSecond - (performance.now() - startedAt);
  if (aheadMs >= MIN_WAIT_MS) Atomics.wait(UNCHANGING, 0, 0, aheadMs);
}

const MIN_WAIT_MS = 5;
/** Its value never changes, so waiting for a change of it is a sleep. */
const UNCHANGING = new Int32Array(new SharedArrayBuffer(4));

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
    if (maxBytesPerSecond !== undefined) throttle(maxBytesPerSecond, copiedBytes, startedAt);
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
        if (taken === 0)
          throw new Error(
            `${'path' in part ? part.path : 'a part'} is shorter than it was when the clip was laid out`,
          );
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
