import { addAbortSignal, PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredRange } from './storage.port.ts';

/** The source is a part of an object, read over one connection that may break. */
export interface Source {
  body: Readable;
  /** The answer announced this size. */
  sizeBytes: number;
}

interface ResumeOptions {
  /** Requests a part. `isFirst` is false when it continues where another connection broke. */
  open: (range: StoredRange, signal: AbortSignal, isFirst: boolean) => Promise<Source>;
  /** The waits before each further connection. The stream fails when this many connections in a row bring nothing. */
  retryDelaysMs: readonly number[];
  /** A connection that is silent for this long is closed. */
  silenceMs: number;
}

const BUFFER_BYTES = 256 * 1024;

/**
 * Returns a stream that outlives its connections: when one breaks, or brings nothing for too long, the rest is requested
 * again.
 * @throws what the first `open` throws, before any byte was returned
 */
export async function resumedStream(range: StoredRange, options: ResumeOptions): Promise<Readable> {
  const ended = new AbortController();
  const first = await options.open(range, ended.signal, true);
  const stream = new PassThrough({ highWaterMark: BUFFER_BYTES });
  // The reader may stop at any time, also while no bytes arrive.
  stream.once('close', () => ended.abort());
  // A failure reaches the reader through the stream.
  pipeline(() => chunks(first, range, ended.signal, options), stream).catch(() => undefined);
  return stream;
}

async function* chunks(
  first: Source,
  { start }: StoredRange,
  signal: AbortSignal,
  { open, retryDelaysMs, silenceMs }: ResumeOptions,
): AsyncGenerator<Buffer> {
  const end = start + first.sizeBytes - 1;
  let position = start;
  let source: Source | null = first;
  let failures = 0;
  for (;;) {
    try {
      source ??= await open({ start: position, end }, signal, false);
      for await (const chunk of untilSilent(source.body, silenceMs, signal)) {
        position += chunk.length;
        failures = 0;
        yield chunk;
      }
      if (position > end) return;
      throw new Error(`the object ended ${end + 1 - position} bytes too early`);
    } catch (error) {
      signal.throwIfAborted();
      const delayMs = retryDelaysMs[failures];
      if (delayMs === undefined) throw error;
      failures += 1;
      source = null;
      await sleep(delayMs, undefined, { signal });
    }
  }
}

async function* untilSilent(body: Readable, silenceMs: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  addAbortSignal(signal, body);
  const watch = () =>
    setTimeout(() => body.destroy(new Error(`nothing came for ${silenceMs} ms`)), silenceMs);
  let timer = watch();
  try {
    for await (const chunk of body) {
      // The silence is not counted while the reader is busy with a chunk.
      clearTimeout(timer);
      yield chunk as Buffer;
      timer = watch();
    }
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}
