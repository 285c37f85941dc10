import { SECOND } from '@hindsight/shared/units';

/** The server sends something at least every two seconds. */
const QUIET_MS = 5 * SECOND;
const ASK_EVERY_MS = 10 * SECOND;
const SILENT_MS = 15 * SECOND;
const LOOK_EVERY_MS = SECOND;

export type StreamWatch = ReturnType<typeof createStreamWatch>;

/**
 * Makes a watch over event streams that may die without a word: proxies swallow them, and networks forget connections. What they tell
 * must then be asked for.
 * @param onQuiet called after 5 s in which nothing was heard, not even a ping, and then every ten seconds while that lasts
 * @param onChange called with true after 15 s, and with false when something is heard again
 */
export function createStreamWatch({
  onQuiet,
  onChange,
}: {
  onQuiet: () => void;
  onChange: (isSilent: boolean) => void;
}) {
  const open = new Set<object>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let heardAt = 0;
  let askedAt = 0;
  let closedAt = Number.NEGATIVE_INFINITY;
  let isSilent = false;

  function hear(): void {
    heardAt = performance.now();
    askedAt = heardAt + QUIET_MS - ASK_EVERY_MS;
    if (!isSilent) return;
    isSilent = false;
    onChange(false);
  }

  function look(): void {
    const now = performance.now();
    if (now - heardAt >= QUIET_MS && now - askedAt >= ASK_EVERY_MS) {
      askedAt = now;
      onQuiet();
    }
    if (now - heardAt >= SILENT_MS && !isSilent) {
      isSilent = true;
      onChange(true);
    }
  }

  return {
    opened(stream: object): void {
      // A stream in the place of one that fell silent has still to show that it is better.
      const isReplacement = open.size > 0 || performance.now() - closedAt < QUIET_MS;
      open.add(stream);
      timer ??= setInterval(look, LOOK_EVERY_MS);
      if (!isReplacement) hear();
    },

    /** Notes that a stream has said something. */
    heard: hear,

    closed(stream: object): void {
      if (!open.delete(stream) || open.size > 0) return;
      closedAt = performance.now();
      clearInterval(timer);
      timer = undefined;
    },
  };
}
