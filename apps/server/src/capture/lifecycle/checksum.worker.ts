import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

// Reading synchronously is fine here: the thread has nothing else to do, and the main thread isn't blocked.
const CHUNK_BYTES = 1024 * 1024;

function sha256(path: string): string {
  const file = openSync(path, 'r');
  try {
    const hash = createHash('sha256');
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk))
      hash.update(chunk.subarray(0, length));
    return hash.digest('hex');
  } finally {
    closeSync(file);
  }
}

parentPort?.once('message', (path: string) => parentPort?.postMessage(sha256(path)));
