import { MINUTE, SECOND } from '@hindsight/shared/units';

/** Whoever was away for longer has turned to other things, and must not be seen and recorded again without a click. */
export const COMES_BACK_WITHIN_MS = 15 * MINUTE;

const RETRY_DELAYS_MS = [0, 1 * SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND];
const LONGEST_DELAY_MS = 10 * SECOND;
/** LiveKit keeps somebody whose connection broke off in the room for some 20 s. Who is there for longer is there from elsewhere. */
const OWN_TRACE_MS = 40 * SECOND;

/** This is what came of one try: `elsewhere` means that this account is in the channel by another tab or device, or still seems to be. */
export type RejoinTry = 'joined' | 'elsewhere' | 'unreachable' | 'refused';

/**
 * Tries to get back into a channel after the connection was lost, until it works, is refused, or too much time has passed.
 * @param attempt makes one try; it must end within seconds, and must not reject
 * @param lostAt the epoch ms of the loss, by this machine's clock, which goes on while the machine sleeps
 * @param nudge is given a function that makes the next try come at once, and returns the one that forgets it
 * @returns `too-late` when nobody should be brought back without a click any more, and `cancelled` when the signal was aborted
 */
export async function rejoin({
  attempt,
  lostAt,
  signal,
  nudge,
}: {
  attempt: () => Promise<RejoinTry>;
  lostAt: number;
  signal: AbortSignal;
  nudge: (tryNow: () => void) => () => void;
}): Promise<'joined' | 'elsewhere' | 'refused' | 'too-late' | 'cancelled'> {
  let elsewhereSince: number | null = null;
  for (let tries = 0; ; tries += 1) {
    await wait(RETRY_DELAYS_MS[tries] ?? LONGEST_DELAY_MS, signal, nudge);
    if (signal.aborted) return 'cancelled';
    if (Date.now() - lostAt > COMES_BACK_WITHIN_MS) return 'too-late';
    const result = await attempt();
    if (signal.aborted) return 'cancelled';
    if (result === 'joined' || result === 'refused') return result;
    if (result === 'elsewhere') {
      elsewhereSince ??= Date.now();
      if (Date.now() - elsewhereSince > OWN_TRACE_MS) return 'elsewhere';
    }
  }
}

/** Resolves after a while, or at once when nudged or aborted. */
async function wait(
  ms: number,
  signal: AbortSignal,
  nudge: (tryNow: () => void) => () => void,
): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stopNudging = nudge(resolve);
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort);
  await promise;
  clearTimeout(timer);
  stopNudging();
  signal.removeEventListener('abort', onAbort);
}
