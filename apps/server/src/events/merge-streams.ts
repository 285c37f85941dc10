/**
 * Everything that several streams yield, in the order it comes. Ends when all have ended, the signal aborts or the
 * consumer stops; the first that throws ends all and its error is thrown.
 * @param open is given the signal that ends each stream; a stream must end when it aborts
 */
export async function* mergeStreams<T>(
  signal: AbortSignal,
  open: (signal: AbortSignal) => readonly AsyncIterable<T>[],
): AsyncGenerator<T> {
  const end = new AbortController();
  const iterators = open(AbortSignal.any([signal, end.signal])).map((stream) =>
    stream[Symbol.asyncIterator](),
  );
  const advance = async (iterator: AsyncIterator<T>) => ({ iterator, result: await iterator.next() });
  const pending = new Map(iterators.map((iterator) => [iterator, advance(iterator)]));
  try {
    while (pending.size > 0) {
      const { iterator, result } = await Promise.race(pending.values());
      if (result.done === true) {
        pending.delete(iterator);
        continue;
      }
      // Asked before the consumer takes its time, so that a slow one holds no stream back by two events.
      pending.set(iterator, advance(iterator));
      yield result.value;
    }
  } finally {
    end.abort();
    await Promise.allSettled(pending.values());
    await Promise.allSettled(iterators.map(async (iterator) => iterator.return?.()));
  }
}
