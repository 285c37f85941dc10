import { randomUUID } from 'node:crypto';
import type { Servers } from '../servers.ts';

/** A server that nobody is beside: whatever it finds is of the past. */
export function loneServer(): Pick<Servers, 'id' | 'liveIds'> {
  const id = randomUUID();
  return { id, liveIds: async () => [id] };
}
