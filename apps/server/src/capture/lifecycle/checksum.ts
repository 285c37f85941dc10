import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

/** A checksum thread is ready to hash one file. */
export interface ChecksumThread extends AsyncDisposable {
  /** Returns the SHA-256 of a file in hex. It can be called once. */
  sha256(path: string): Promise<string>;
}

/**
 * Starts a thread for the checksum of a clip, because hashing half a gigabyte would block every request. Starting the
 * thread takes longer than hashing a short clip, so it starts while there is no file yet.
 */
export function startChecksumThread(signal: AbortSignal): ChecksumThread {
  const worker = new Worker(new URL('checksum.worker.ts', import.meta.url));
  const failed = new Promise<never>((_resolve, reject) => worker.once('error', reject));
  // The error is reported by `sha256`, which may never be called.
  failed.catch(() => undefined);
  return {
    async sha256(path) {
      const answered = once(worker, 'message', { signal });
      worker.postMessage(path);
      const [digest] = (await Promise.race([answered, failed])) as [string];
      return digest;
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

/** Returns the SHA-256 in hex of a file that fits into memory. */
export async function sha256SmallFile(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
