import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** SHA-256 of a file in hex, worked out in a thread of its own: half a gigabyte would hold up every request otherwise. */
export async function sha256File(path: string, signal: AbortSignal): Promise<string> {
  const worker = new Worker(new URL('checksum.worker.ts', import.meta.url), { workerData: { path } });
  try {
    const [digest] = (await once(worker, 'message', { signal })) as [string];
    return digest;
  } finally {
    await worker.terminate();
  }
}
