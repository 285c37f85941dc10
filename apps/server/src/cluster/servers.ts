import { randomUUID } from 'node:crypto';
import type { PrismaClient } from '@hindsight/db/client';

/**
 * The servers on one database. A server is alive for as long as `AppServer` has its row, so what a server owns (a recording,
 * a clip in the making) is anybody's as soon as its id is in no row.
 */
export interface Servers {
  readonly id: string;
  /** Whether what only one of all servers does is ours. No two believe so at the same time. */
  isLeader(): boolean;
  /** Rows of all that are alive, this one among them, as of now. */
  liveIds(): Promise<string[]>;
  /** Calls back when another server is found to have gone; returns the function that ends it. */
  onGone(listener: (serverId: string) => void): () => void;
  /** Calls back when the others have taken this one for gone, and what it owned for theirs. */
  onForgotten(listener: () => void): () => void;
  /** Takes its row away: what it owned is anybody's at once. */
  leave(): Promise<void>;
}

/** A server that is alone on its database, as it knows from the lock on it: whatever else is in the table is a thing of the past. */
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
