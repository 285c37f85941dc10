import { randomUUID } from 'node:crypto';
import type { Database } from '@hindsight/db/database';
import type { Log } from '../log.ts';
import { soleBus, type EventBus } from '../events/event-bus.ts';
import { linkServers } from './linked-servers.ts';
import { registerSoleServer, type Servers } from './servers.ts';

/** A cluster is the servers on one database and the bus between them. */
export interface Cluster {
  servers: Servers;
  bus: EventBus;
  close(): Promise<void>;
}

/**
 * Joins the servers on a database. On the embedded database a server is alone, because the folder is locked; on a
 * PostgreSQL server there may be others.
 */
export async function joinCluster(database: Database, log: Log): Promise<Cluster> {
  if (database.kind === 'postgres') return linkServers({ url: database.url, id: randomUUID(), log });
  return {
    servers: await registerSoleServer(database.client),
    bus: soleBus,
    close: async () => undefined,
  };
}
