import { SECOND } from '@hindsight/shared/units';

/** Most answers come within a tenth of a second. The server itself answers within four, whatever it waits for. */
const RESEND_AFTER_MS = 4.5 * SECOND;
/** A request that failed at once is sent again after this. */
const RETRY_AFTER_MS = SECOND;
const TELL_AFTER_MS = 2.5 * SECOND;
/** A browser opens six connections to a server, and others need some. */
const MAX_UNDER_WAY = 2;

/**
 * Sends a request until it is answered, although the network drops, delays or doubles it. The server must take what is sent several
 * times for one.
 * @param send sends the request once more
 * @param isNoAnswer tells whether an error of `send` means that no answer came
 * @param onUnanswered is called when there has been no answer for a moment
 * @returns the first answer
 * @throws the first error that is an answer
 */
export function sendUntilAnswered<Answer>({
  send,
  isNoAnswer,
  onUnanswered,
}: {
  send: (signal: AbortSignal) => Promise<Answer>;
  isNoAnswer: (error: unknown) => boolean;
  onUnanswered: () => void;
}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const underWay = new Set<AbortController>();
  let nextTimer: ReturnType<typeof setTimeout>;
  const tellTimer = setTimeout(onUnanswered, TELL_AFTER_MS);

  function end(): void {
    clearTimeout(nextTimer);
    clearTimeout(tellTimer);
    for (const request of underWay) request.abort();
  }

  async function attempt(): Promise<void> {
    const request = new AbortController();
    underWay.add(request);
    const [oldest] = underWay;
    if (underWay.size > MAX_UNDER_WAY && oldest !== undefined) {
      underWay.delete(oldest);
      oldest.abort();
    }
    nextTimer = setTimeout(() => void attempt(), RESEND_AFTER_MS);
    try {
      resolve(await send(request.signal));
    } catch (error) {
      // This one was given up for newer ones, or another one was answered.
      if (request.signal.aborted) return;
      underWay.delete(request);
      if (isNoAnswer(error)) {
        clearTimeout(nextTimer);
        nextTimer = setTimeout(() => void attempt(), RETRY_AFTER_MS);
        return;
      }
      reject(error);
    }
    end();
  }

  void attempt();
  return promise;
}
