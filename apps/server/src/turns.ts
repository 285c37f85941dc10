/** Places for work that must not all be done at once; who finds none free waits in line. */
export function createTurns(places: number) {
  let free = places;
  const waiting: (() => void)[] = [];

  return {
    async run<T>(work: () => Promise<T>): Promise<T> {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        // A place is handed on, so that nobody who comes just then takes it.
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}
