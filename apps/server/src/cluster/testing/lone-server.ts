import { randomUUID } from 'node:crypto';
import type { Servers } from '../servers.ts';

/** Returns a server without others, so that everything it finds is from earlier runs. */
export function loneServer(): Pick<Servers, 'id' | 'liveIds'> {
  const id = randomUUID();
  return { id, liveIds: async () => [id] };
}
