import { randomUUID } from 'node:crypto';
import type { Database } from '@hindsight/db/database';
import { lockFolder } from '@hindsight/db/folder-lock';
import type { Log } from '../log.ts';
import { soleBus, type EventBus } from '../events/event-bus.ts';
import { ClusterError } from './agreement.ts';
import { linkServers } from './linked-servers.ts';
import { registerSoleServer, type Servers } from './servers.ts';

/** A cluster is the servers on one database and the bus between them. */
export interface Cluster {
  servers: Servers;
  bus: EventBus;
  close(): Promise<void>;
}

export interface ClusterOptions {
  database: Database;
  log: Log;
}

/** Joins the servers on a database. */
export function joinCluster({ database, log }: ClusterOptions): Promise<Cluster> {
  return linkServers({ url: database.url, id: randomUUID(), log });
}

/**
 * Takes a database that this server has for itself, because it is our own PostgreSQL in the data directory. A lock on the
 * directory keeps other servers off, so there are no heartbeats to write and no dead servers to wait for.
 * @throws ClusterError when another server has the directory
 */
export async function beSoleServer(database: Database, dataDir: string): Promise<Cluster> {
  const lock = await lockFolder(dataDir);
  if (lock.isTaken)
    throw new ClusterError(
      `Another server (${lock.holder}) runs on ${dataDir}.`,
      'Stop it, or give this one a folder of its own (DATA_DIR).',
    );
  return { servers: await registerSoleServer(database.client), bus: soleBus, close: lock.release };
}
