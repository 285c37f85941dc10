import { orAborted } from '@hindsight/server/capture/plan/or-aborted';

/** Returns the work's result. @throws Error saying what has not come, when the work takes longer */
export async function orLate<T>(work: Promise<T>, what: string, withinMs: number): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`${what} has not come within ${withinMs / 1000} s`)),
    withinMs,
  );
  return orAborted(work, late.signal).finally(() => clearTimeout(timer));
}
