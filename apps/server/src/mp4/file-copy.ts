import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ClipLayout } from './clip-layout.ts';
import type { PayloadPart } from './file-payload.ts';

/** What the thread is asked for. */
export interface CopyRequest {
  /** Must not exist. */
  path: string;
  head: Uint8Array;
  parts: readonly PayloadPart[];
}

export type CopyMessage = { writtenBytes: number } | { checksum: string };

/**
 * Writes a layout to a file in one pass, in a thread of its own so that no request waits. Each byte is read and written
 * once; the checksum is made on the way.
 * @returns SHA-256 of the file, hex
 * @throws the file system's errors, and Error when a part is shorter than it was when it was indexed
 */
export async function writeLayout(
  layout: ClipLayout,
  path: string,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (fraction: number) => void },
): Promise<string> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('file-copy.worker.ts', import.meta.url));
  try {
    // Listening begins here, and an error of the thread ends it.
    const messages = on(worker, 'message', { signal });
    const request: CopyRequest = { path, head: layout.head, parts: layout.parts };
    worker.postMessage(request);
    for await (const [message] of messages as AsyncIterable<[CopyMessage]>) {
      if ('checksum' in message) return message.checksum;
      onProgress(message.writtenBytes / layout.sizeBytes);
    }
    throw new Error('the copying thread ended without an answer');
  } finally {
    await worker.terminate();
  }
}
