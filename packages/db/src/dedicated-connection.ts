import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const CONNECT_TIMEOUT_MS = 10_000;
/**
 * After an outage, servers give each other a few seconds before they take one another for dead. With these times, each of them is
 * back sooner than that.
 */
const RECONNECT_TIMEOUT_MS = 3000;
const MAX_RETRY_MS = 1000;
/** A connection that takes longer to answer is considered broken and is replaced. */
const ANSWER_TIMEOUT_MS = 5000;
const FIRST_RETRY_MS = 100;

export type DedicatedQuery = <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;

export interface DedicatedConnectionOptions {
  /** Prepares a new connection (LISTEN, locks) before it is used for anything else. */
  prepare(query: DedicatedQuery): Promise<void>;
  /** @param isFirst is false when notifications between the previous connection and this one have been missed */
  onConnected(isFirst: boolean): void;
  onNotification(payload: string): void;
  /** The connection broke, and another one is being made. */
  onBroken(): void;
}

export interface DedicatedConnection {
  /** Rejects when there is no connection, or when it breaks before the answer arrives. */
  query: DedicatedQuery;
  close(): Promise<void>;
}

/**
 * Opens a connection to a PostgreSQL server outside the pool, for what belongs to one connection: notifications and session
 * locks. When it breaks, it is reopened until that succeeds.
 * @throws the error of PostgreSQL when the first connection cannot be made
 */
export async function openDedicatedConnection(
  url: string,
  { prepare, onConnected, onNotification, onBroken }: DedicatedConnectionOptions,
): Promise<DedicatedConnection> {
  const closing = new AbortController();
  let current: pg.Client | null = null;
  let reconnecting: Promise<void> = Promise.resolve();

  function lose(client: pg.Client): void {
    if (client !== current) return;
    current = null;
    client.end().catch(() => undefined);
    onBroken();
    reconnecting = reconnect();
  }

  async function ask<Row extends object>(
    client: pg.Client,
    text: string,
    values: unknown[] = [],
  ): Promise<Row[]> {
    try {
      return (await client.query<Row>(text, values)).rows;
    } catch (error) {
      // A query that the server itself refuses does not mean that the connection is broken.
      if (!(error instanceof pg.DatabaseError)) lose(client);
      throw error;
    }
  }

  async function connect(isFirst: boolean): Promise<void> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'hindsight server',
      connectionTimeoutMillis: isFirst ? CONNECT_TIMEOUT_MS : RECONNECT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', () => lose(client));
    client.on('end', () => lose(client));
    client.on('notification', ({ payload }) => onNotification(payload ?? ''));
    try {
      await client.connect();
      await prepare((text, values) => ask(client, text, values));
      closing.signal.throwIfAborted();
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    current = client;
    onConnected(isFirst);
  }

  async function reconnect(): Promise<void> {
    for (
      let delayMs = FIRST_RETRY_MS;
      !closing.signal.aborted;
      delayMs = Math.min(2 * delayMs, MAX_RETRY_MS)
    ) {
      try {
        await sleep(delayMs, undefined, { signal: closing.signal });
        await connect(false);
        return;
      } catch {
        // The database cannot be reached, which everything else that needs it reports.
      }
    }
  }

  let last: Promise<unknown> = Promise.resolve();
  /** Runs one query after the other. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  }

  await connect(true);
  return {
    // node-postgres will stop to keep queries in line itself.
    query: (text, values) =>
      inTurn(async () => {
        if (current === null) throw noConnection();
        return ask(current, text, values);
      }),

    async close() {
      closing.abort();
      const client = current;
      current = null;
      await client?.end();
      await reconnecting;
    },
  };
}

/** The code is PostgreSQL's own for a connection that does not exist. */
function noConnection(): Error {
  return Object.assign(new Error('There is no connection to PostgreSQL at the moment.'), { code: '08003' });
}
