import { randomUUID } from 'node:crypto';
import type { Database } from '@hindsight/db/database';
import type { Log } from '../log.ts';
import { soleBus, type EventBus } from '../events/event-bus.ts';
import { linkServers } from './linked-servers.ts';
import { registerSoleServer, type Servers } from './servers.ts';

/** The servers on a database and how they talk. */
export interface Cluster {
  servers: Servers;
  bus: EventBus;
  close(): Promise<void>;
}

/** On the embedded database a server is alone, by the lock on its folder; on a PostgreSQL server there may be others. */
export async function joinCluster(database: Database, log: Log): Promise<Cluster> {
  if (database.kind === 'postgres') return linkServers({ url: database.url, id: randomUUID(), log });
  return {
    servers: await registerSoleServer(database.client),
    bus: soleBus,
    close: async () => undefined,
  };
}
