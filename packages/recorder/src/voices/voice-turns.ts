/** Somebody is listened to, so that LiveKit says how loud they are. */
export interface Turn {
  /** When their microphone was asked for, in epoch ms. */
  subscribedMs: number;
  /** When its first packet came; undefined before that. */
  heardMs: number | undefined;
  /** From 0 to 1; 0 while LiveKit has said nothing. */
  loudness: number;
  /** Whether their voice is kept now and so has no turn that could end. */
  isKept: boolean;
}

/** LiveKit says two or three times a second how loud those are who are heard, so this is enough to know it. */
const TURN_MS = 3000;
/** Whoever isn't heard by then sends nothing. With dozens of microphones, LiveKit may take seconds until the first packet. */
const UNHEARD_MS = 10_000;
/** At most so many turns end at once. */
const MOST_TURNS = 4;

/**
 * Returns whose turn ends now, because others wait for theirs: those who have been heard for a while and aren't kept, the quietest
 * first, and of these the ones whose turn has lasted longest.
 */
export function endedTurns<T extends Turn>(
  turns: readonly T[],
  { waiting, nowMs }: { waiting: number; nowMs: number },
): T[] {
  const isOver = ({ subscribedMs, heardMs, isKept }: Turn): boolean =>
    !isKept && (heardMs === undefined ? nowMs - subscribedMs >= UNHEARD_MS : nowMs - heardMs >= TURN_MS);
  const isFirst = (a: Turn, b: Turn): number => a.loudness - b.loudness || a.subscribedMs - b.subscribedMs;
  return turns
    .filter(isOver)
    .toSorted(isFirst)
    .slice(0, Math.max(0, Math.min(MOST_TURNS, waiting)));
}
