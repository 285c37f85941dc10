import type { Prisma } from '@hindsight/db/client';
import { toUsernameKey } from '../auth/username-key.ts';

/** Selects people whose name contains the search, ignoring case. LIKE's wildcards in the search stand for themselves. */
export function nameContains(search: string | undefined): Prisma.UserWhereInput {
  if (search === undefined || search === '') return {};
  return { usernameKey: { contains: toUsernameKey(search).replaceAll(/[\\%_]/g, String.raw`\$&`) } };
}
