import { randomUUID } from 'node:crypto';
import type { PrismaClient } from '@hindsight/db/client';

/**
 * Servers knows all servers on one database. A server is alive as long as its row is in `AppServer`; anything owned by an
 * id without a row (a recording, an unfinished clip) may be claimed by any other server.
 */
export interface Servers {
  readonly id: string;
  /** Tells whether this server does the work that only one server does. Two servers never answer true at the same time. */
  isLeader(): boolean;
  /** Reads the ids of all live servers from the database, including this one's. */
  liveIds(): Promise<string[]>;
  /** Calls the listener when another server is gone. Returns the function that ends it. */
  onGone(listener: (serverId: string) => void): () => void;
  /** Calls the listener when the others considered this server gone, and may have claimed what it owned. */
  onForgotten(listener: () => void): () => void;
  /** Deletes this server's row, so that others may claim what it owned at once. */
  leave(): Promise<void>;
}

/**
 * Registers a server that is alone on its database, because it holds the database's lock. All other rows are from the
 * past.
 */
export async function registerSoleServer(db: PrismaClient): Promise<Servers> {
  const id = randomUUID();
  await db.appServer.deleteMany();
  await db.appServer.create({ data: { id } });
  return {
    id,
    isLeader: () => true,
    liveIds: async () => [id],
    onGone: () => () => undefined,
    onForgotten: () => () => undefined,
    async leave() {
      await db.appServer.deleteMany({ where: { id } });
    },
  };
}
