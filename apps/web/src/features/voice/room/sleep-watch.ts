import { SECOND } from '@hindsight/shared/units';

const LOOK_EVERY_MS = 5 * SECOND;

/**
 * Watches whether the page was asleep: a computer that slept, or a tab that the browser froze. Nothing runs meanwhile, so it shows in
 * the clock afterwards.
 * @param onWake is told, as soon as the page is awake again, when it was last known to be awake (epoch ms)
 * @returns the function that ends the watch
 */
export function watchSleep({
  longerThanMs,
  onWake,
}: {
  longerThanMs: number;
  onWake: (awakeUntil: number) => void;
}): () => void {
  let awakeAt = Date.now();
  const timer = setInterval(() => {
    const awakeUntil = awakeAt;
    awakeAt = Date.now();
    if (awakeAt - awakeUntil > longerThanMs) onWake(awakeUntil);
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
