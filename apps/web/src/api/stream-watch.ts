import { SECOND } from '@hindsight/shared/units';

/** The server sends something at least every two seconds. */
const QUIET_MS = 5 * SECOND;
const ASK_EVERY_MS = 10 * SECOND;
const SILENT_MS = 15 * SECOND;
/** What the page last heard says nothing of the present any more after this. */
const UNHEARD_MS = 15 * SECOND;
const LOOK_EVERY_MS = SECOND;

export type StreamWatch = ReturnType<typeof createStreamWatch>;

/**
 * Makes a watch over event streams that may die without a word: proxies swallow them, and networks forget connections. What they tell
 * must then be asked for. While a computer sleeps, no time passes for the watch, but it does by the clock, so the longer of both counts.
 * @param onQuiet called after 5 s in which nothing was heard, not even a ping, and then every ten seconds while that lasts
 * @param onChange called with true after 15 s, and with false when something is heard again
 * @param onUnheard called with true after 15 s in which what was asked for had no answer either, and with false when the server is
 * heard again
 */
export function createStreamWatch({
  onQuiet,
  onChange,
  onUnheard,
}: {
  onQuiet: () => void;
  onChange: (isSilent: boolean) => void;
  onUnheard: (isUnheard: boolean) => void;
}) {
  const open = new Set<object>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let heardAt = moment();
  let answeredAt = moment();
  let askedAt = moment();
  let closedAt: Moment | null = null;
  let isSilent = false;
  let isUnheard = false;

  function hear(): void {
    heardAt = moment();
    askedAt = {
      ticks: heardAt.ticks + QUIET_MS - ASK_EVERY_MS,
      clock: heardAt.clock + QUIET_MS - ASK_EVERY_MS,
    };
    if (isSilent) {
      isSilent = false;
      onChange(false);
    }
    hearAnything();
  }

  function hearAnything(): void {
    answeredAt = moment();
    if (!isUnheard) return;
    isUnheard = false;
    onUnheard(false);
  }

  function look(): void {
    const quietMs = since(heardAt);
    if (quietMs >= QUIET_MS && since(askedAt) >= ASK_EVERY_MS) {
      askedAt = moment();
      onQuiet();
    }
    if (quietMs >= SILENT_MS && !isSilent) {
      isSilent = true;
      onChange(true);
    }
    if (since(answeredAt) >= UNHEARD_MS && !isUnheard) {
      isUnheard = true;
      onUnheard(true);
    }
  }

  return {
    opened(stream: object): void {
      // A stream in the place of one that fell silent has still to show that it is better.
      const isReplacement = open.size > 0 || (closedAt !== null && since(closedAt) < QUIET_MS);
      open.add(stream);
      timer ??= setInterval(look, LOOK_EVERY_MS);
      if (!isReplacement) hear();
    },

    /** Notes that a stream has said something. */
    heard: hear,

    /** Notes that the server has answered a question. */
    answered: hearAnything,

    closed(stream: object): void {
      if (!open.delete(stream) || open.size > 0) return;
      closedAt = moment();
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** A moment by two clocks: one that may stand still while a computer sleeps, and one that people may set. */
interface Moment {
  ticks: number;
  clock: number;
}

function moment(): Moment {
  return { ticks: performance.now(), clock: Date.now() };
}

function since({ ticks, clock }: Moment): number {
  return Math.max(performance.now() - ticks, Date.now() - clock);
}
