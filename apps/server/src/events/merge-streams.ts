/**
 * Yields everything that several streams yield, in the order of arrival. It ends when all streams have ended, the signal
 * aborts or the consumer stops. The first stream that throws ends all of them, and its error is thrown.
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
      // The next event is requested before the consumer handles this one, so that a slow consumer doesn't hold back a
      // stream.
      pending.set(iterator, advance(iterator));
      yield result.value;
    }
  } finally {
    end.abort();
    await Promise.allSettled(pending.values());
    await Promise.allSettled(iterators.map(async (iterator) => iterator.return?.()));
  }
}
