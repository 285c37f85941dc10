/** Waits for the end of all work. @throws the first failure of the list, when all has ended */
export async function allDone(work: Iterable<Promise<unknown>>): Promise<void> {
  throwFirst(await Promise.allSettled(work));
}

/** Does something with each item, one after the other, whatever comes of the others. @throws the first failure, after the last item */
export async function allInTurn<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const outcomes: PromiseSettledResult<unknown>[] = [];
  for (const item of items) outcomes.push(...(await Promise.allSettled([work(item)])));
  throwFirst(outcomes);
}

function throwFirst(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
