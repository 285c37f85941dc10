import { setTimeout as sleep } from 'node:timers/promises';
import { openDedicatedConnection, type DedicatedQuery } from '@hindsight/db/dedicated-connection';
import { SECOND } from '@hindsight/shared/units';
import type { Log } from '../log.ts';
import { CHANNEL, createNotifyBus, type EventBus } from '../events/event-bus.ts';
import type { Servers } from './servers.ts';

const BEAT_MS = 1 * SECOND;
/** A server without a heartbeat for this long is gone if PostgreSQL has released its lock: its process or machine is dead. */
const SILENT_MS = 3 * SECOND;
/** A server without a heartbeat for this long is gone even with an open connection: it hangs, or its machine lost power. */
const HUNG_MS = 20 * SECOND;
/** After our own connection was broken, the other servers get this long to reconnect too. */
const SETTLE_MS = 5 * SECOND;
const SETTLE_POLL_MS = 250;
/** This is less than SILENT_MS, so that a leader knows that it no longer leads before another server takes over. */
const LEAD_MS = 2.5 * SECOND;
/** The advisory locks' class is "hs" in ASCII. The second key is each server's own number. */
const LOCK_CLASS = 0x6873;

const IS_LOCKED = `EXISTS (
  SELECT 1 FROM pg_locks l
  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.classid = ${LOCK_CLASS} AND l.objid = s."lockKey"::oid)`;

interface Beat {
  /** Tells whether this server's own row had been deleted. */
  isNew: boolean;
  /** This is the id of another live server, or null when there is none. */
  id: string | null;
  lockKey: number | null;
  /** Tells whether that server still holds its lock. */
  isLocked: boolean;
}

export interface LinkedServersOptions {
  url: string;
  id: string;
  log: Log;
  /** Heartbeats are sent this often. Tests use a shorter time. */
  beatMs?: number;
}

/** A link is this server's membership among those on one PostgreSQL server, and the bus between them. */
export interface Link {
  servers: Servers;
  bus: EventBus;
  close(): Promise<void>;
}

/**
 * Joins the servers on a database, by a row with a heartbeat and by an advisory lock that PostgreSQL releases when the
 * process dies. Both use the connection that also receives events, so a server that can't be reached never looks alive.
 */
export async function linkServers({ url, id, log, beatMs = BEAT_MS }: LinkedServersOptions): Promise<Link> {
  const goneListeners = new Set<(serverId: string) => void>();
  const forgottenListeners = new Set<() => void>();
  let lockKey = 0;
  let isLocked = false;
  let others = new Map<string, number>();
  /** The newest successful heartbeat was sent at this time of the local monotonic clock. */
  let beatAt = -Infinity;
  let settledAt = -Infinity;
  /** This server may lead from this time on, when any other leader has had the time to see its row. */
  let leadsFrom = -Infinity;
  let beating: Promise<void> = Promise.resolve();

  async function lock(query: DedicatedQuery): Promise<boolean> {
    const [row] = await query<{ isLocked: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS "isLocked"', [
      LOCK_CLASS,
      lockKey,
    ]);
    return row?.isLocked ?? false;
  }

  async function prepare(query: DedicatedQuery): Promise<void> {
    await query(`LISTEN ${CHANNEL}`);
    if (lockKey === 0) {
      const [row] = await query<{ lockKey: number }>(
        'INSERT INTO "AppServer" ("id") VALUES ($1) RETURNING "lockKey"',
        [id],
      );
      lockKey = row?.lockKey ?? 0;
    }
    // An old connection that PostgreSQL doesn't know to be broken may still hold the lock, so each heartbeat tries again.
    isLocked = await lock(query);
  }

  const bus = createNotifyBus({ serverId: id, query: (text, values) => connection.query(text, values) });
  const connection = await openDedicatedConnection(url, {
    prepare,
    onConnected(isFirst) {
      if (!isFirst) log.info('the connection to the other servers is back');
      settledAt = performance.now() + (isFirst ? 0 : SETTLE_MS);
      bus.connected(isFirst);
    },
    onNotification: (payload) => bus.receive(payload),
    onBroken() {
      bus.broken();
      beatAt = -Infinity;
      log.warn('the connection to the other servers is broken');
    },
  });

  /** Sends one heartbeat: renews our row, deletes the rows of dead servers and reads which others are left. */
  async function beat(): Promise<Beat[]> {
    const sentAt = performance.now();
    if (!isLocked) isLocked = await lock(connection.query);
    const rows = await connection.query<Beat>(
      `WITH beat AS (
         INSERT INTO "AppServer" ("id", "lockKey") VALUES ($1, $2)
         ON CONFLICT ("id") DO UPDATE SET "heartbeatAt" = now()
         RETURNING (xmax = 0) AS "isNew"
       ), gone AS (
         DELETE FROM "AppServer" s
         WHERE $3 AND s."id" <> $1
           AND (s."heartbeatAt" < now() - interval '${HUNG_MS} ms'
             OR (s."heartbeatAt" < now() - interval '${SILENT_MS} ms' AND NOT ${IS_LOCKED}))
         RETURNING s."id"
       )
       SELECT beat."isNew", s."id", s."lockKey", ${IS_LOCKED} AS "isLocked" FROM beat
       LEFT JOIN "AppServer" s ON s."id" <> $1 AND s."id" NOT IN (SELECT "id" FROM gone)`,
      [id, lockKey, sentAt >= settledAt],
    );
    beatAt = sentAt;
    updateOthers(rows);
    return rows;
  }

  /**
   * Waits, at a start, until it is certain whether servers without their lock are dead. One of them may be our own last
   * run, if it was killed, and what it left behind is settled before we begin.
   */
  async function settle(): Promise<void> {
    const deadline = performance.now() + SILENT_MS + beatMs;
    for (;;) {
      const rows = await beat();
      const isSettled = rows.every((row) => row.id === null || row.isLocked);
      if (isSettled || performance.now() > deadline) return;
      await sleep(SETTLE_POLL_MS);
    }
  }

  function updateOthers(rows: readonly Beat[]): void {
    const present = new Map(
      rows.flatMap(({ id: other, lockKey: key }) => (other === null || key === null ? [] : [[other, key]])),
    );
    const gone = [...others.keys()].filter((other) => !present.has(other));
    others = present;
    if (rows[0]?.isNew === true) {
      leadsFrom = performance.now() + LEAD_MS;
      log.warn('the other servers considered this one gone');
      for (const listener of forgottenListeners) listener();
    }
    for (const other of gone) {
      log.info({ server: other }, 'another server is gone');
      for (const listener of goneListeners) listener(other);
    }
  }

  await settle();
  if (others.size > 0) leadsFrom = performance.now() + LEAD_MS;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  /** Schedules the next heartbeat. A heartbeat fails only with its connection, which reconnects by itself. */
  function beatAgain(): void {
    timer = setTimeout(() => {
      beating = beat().then(
        () => undefined,
        () => undefined,
      );
      void beating.then(() => {
        if (!isClosed) beatAgain();
      });
    }, beatMs);
  }
  beatAgain();

  const servers: Servers = {
    id,
    isLeader() {
      const now = performance.now();
      if (now - beatAt > LEAD_MS || now < leadsFrom) return false;
      return [...others.values()].every((other) => other > lockKey);
    },
    async liveIds() {
      const rows = await connection.query<{ id: string }>('SELECT "id" FROM "AppServer"');
      return rows.map((row) => row.id);
    },
    onGone(listener) {
      goneListeners.add(listener);
      return () => goneListeners.delete(listener);
    },
    onForgotten(listener) {
      forgottenListeners.add(listener);
      return () => forgottenListeners.delete(listener);
    },
    async leave() {
      isClosed = true;
      clearTimeout(timer);
      await beating;
      beatAt = -Infinity;
      await connection.query('DELETE FROM "AppServer" WHERE "id" = $1', [id]);
    },
  };

  return {
    servers,
    bus,
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await beating;
      await bus.settled();
      await connection.close();
    },
  };
}
