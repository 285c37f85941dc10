import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { PayloadPart } from '../tables/payload.ts';
import type { LayoutBytes } from './layout-reader.ts';

/** What the thread is asked for. */
export interface CopyRequest {
  /** Must not exist. */
  path: string;
  head: Uint8Array;
  parts: readonly PayloadPart[];
  maxBytesPerSecond?: number;
}

export interface CopyMessage {
  checksum: string;
}

/**
 * Writes a layout to a file in one pass, in a thread of its own so that no request waits. Each byte is read and written
 * once; the checksum is made on the way. At `maxBytesPerSecond` it leaves disk and processor to others.
 * @returns SHA-256 of the file, hex
 * @throws the file system's errors, and Error when a part is shorter than it was when it was indexed
 */
export async function writeLayout(
  layout: LayoutBytes,
  path: string,
  { signal, maxBytesPerSecond }: { signal: AbortSignal; maxBytesPerSecond?: number },
): Promise<string> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('layout-writer.worker.ts', import.meta.url));
  try {
    // Listening begins here, and an error of the thread ends it.
    const answered = once(worker, 'message', { signal });
    const request: CopyRequest = { path, head: layout.head, parts: layout.parts, maxBytesPerSecond };
    worker.postMessage(request);
    const [{ checksum }] = (await answered) as [CopyMessage];
    return checksum;
  } finally {
    await worker.terminate();
  }
}
