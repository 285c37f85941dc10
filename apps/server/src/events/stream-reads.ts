import { setImmediate } from 'node:timers/promises';
import PQueue from 'p-queue';
import { retryWhileDatabaseIsAway } from '../database-retry.ts';

/** Streams take no more of the pool's connections than this at a time, however many there are: the rest is for calls. */
const CONCURRENCY = 4;

/** Reads what belongs to each of the keys. A key without a value has none. */
type Read<Value> = (keys: string[]) => Promise<ReadonlyMap<string, Value>>;

export type StreamReads = ReturnType<typeof createStreamReads>;

/**
 * Reads the database for event streams. One piece of news wakes many streams, which then ask the same or nearly the same: it is read
 * once for all of them. While the database is away they wait.
 */
export function createStreamReads() {
  const queue = new PQueue({ concurrency: CONCURRENCY });
  const closing = new AbortController();

  return {
    /**
     * Makes a function that returns the value of a key as of a moment after its call. What is asked before a read begins is part
     * of that read; what is asked later could be newer, and is part of the next one.
     */
    shared<Value>(read: Read<Value>): (key: string) => Promise<Value | undefined> {
      let next: { keys: Set<string>; values: Promise<ReadonlyMap<string, Value>> } | undefined;

      async function readNext(keys: Set<string>): Promise<ReadonlyMap<string, Value>> {
        // First, everybody who hears of the same news asks.
        await setImmediate();
        return queue.add(async () => {
          next = undefined;
          return retryWhileDatabaseIsAway(() => read([...keys]), { signal: closing.signal });
        });
      }

      return async (key) => {
        if (next === undefined) {
          const keys = new Set<string>();
          next = { keys, values: readNext(keys) };
        }
        next.keys.add(key);
        return (await next.values).get(key);
      };
    },

    /** Ends the reads that wait for the database. */
    close(): void {
      closing.abort();
    },
  };
}
