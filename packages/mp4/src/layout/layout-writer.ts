import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { PayloadPart } from '../tables/payload.ts';
import type { LayoutBytes } from './layout-reader.ts';

/** The message that starts the worker thread's work. */
export interface CopyRequest {
  /** The file to write, which must not exist yet. */
  path: string;
  head: Uint8Array;
  parts: readonly PayloadPart[];
  maxBytesPerSecond?: number;
}

export interface CopyMessage {
  checksum: string;
}

/**
 * Writes a layout to a file in one pass, in a worker thread so that no request waits. Each byte is read and written once, and
 * the checksum is computed on the way. With `maxBytesPerSecond` it leaves disk and processor time to others.
 * @returns the SHA-256 of the file, hex
 * @throws the file system's errors; Error when a file has become shorter than it was when the layout was made
 */
export async function writeLayout(
  layout: LayoutBytes,
  path: string,
  { signal, maxBytesPerSecond }: { signal: AbortSignal; maxBytesPerSecond?: number },
): Promise<string> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('layout-writer.worker.ts', import.meta.url));
  try {
    // This listens before the request is posted; an error of the thread rejects it.
    const answered = once(worker, 'message', { signal });
    const request: CopyRequest = { path, head: layout.head, parts: layout.parts, maxBytesPerSecond };
    worker.postMessage(request);
    const [{ checksum }] = (await answered) as [CopyMessage];
    return checksum;
  } finally {
    await worker.terminate();
  }
}
