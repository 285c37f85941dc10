import type { Prisma } from '@hindsight/db/client';
import { toUsernameKey } from '../auth/accounts.service.ts';

/** People whose name holds the search, however it is written; the wildcards of LIKE stand for themselves. */
export function nameContains(search: string | undefined): Prisma.UserWhereInput {
  if (search === undefined || search === '') return {};
  return { usernameKey: { contains: toUsernameKey(search).replaceAll(/[\\%_]/g, String.raw`\$&`) } };
}
