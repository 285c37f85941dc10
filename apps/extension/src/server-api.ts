import type { PairedServer } from './paired-server.ts';
import { refusal, type Refused } from './refusal.ts';

/** The clip that a press became. */
export interface SavedClip {
  clipId: string;
  url: string;
  durationSeconds: number;
}

export interface BufferState {
  isRecording: boolean;
  secondsKept: number;
}

/** What came of a request: an answer, or why there is none, in sentences for people. */
export type Outcome<T> = { isDone: true; answer: T } | Refused;

const TRIES = 4;
const RETRY_AFTER_MS = 700;
/** All tries together stay below the 30 s after which a browser ends a worker whose request has no answer. */
const ANSWER_WITHIN_MS = 5000;

/** Saves the end of the running buffer. However often and late the request is sent, it becomes one clip that ends now. */
export function press(server: PairedServer, length: { seconds?: number }): Promise<Outcome<SavedClip>> {
  const pressedAt = performance.now();
  const body = () => ({ ...length, pressedAgoMs: Math.round(performance.now() - pressedAt) });
  return send<SavedClip>(server, 'POST', '/press', body, { 'Idempotency-Key': crypto.randomUUID() });
}

/** Marks this moment of the running buffer. */
export function mark(server: PairedServer): Promise<Outcome<unknown>> {
  return send(server, 'POST', '/mark', () => ({}), {}, 1);
}

/** Returns the state of the buffer; null when there is none. */
export function bufferState(server: PairedServer): Promise<Outcome<BufferState | null>> {
  return send<BufferState | null>(server, 'GET', '/buffer', undefined, {}, 1);
}

async function send<T>(
  { origin, key }: PairedServer,
  method: string,
  path: string,
  body: (() => object) | undefined,
  headers: Record<string, string>,
  triesLeft = TRIES,
): Promise<Outcome<T>> {
  try {
    const response = await fetch(`${origin}/livekit-replay${path}`, {
      method,
      // The key alone says who this is.
      credentials: 'omit',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body()) }),
    });
    const answer: unknown = await response.json();
    return response.ok ? { isDone: true, answer: answer as T } : refusal(response.status, answer);
  } catch {
    if (triesLeft <= 1)
      return {
        isDone: false,
        title: 'No answer',
        text: 'The server cannot be reached. Check your connection.',
      };
    await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    return send({ origin, key }, method, path, body, headers, triesLeft - 1);
  }
}
