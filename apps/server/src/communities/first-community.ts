import type { Prisma } from '@hindsight/db/client';
import { addMember } from './membership.ts';
import { insertCommunity } from './new-community.ts';

const NAME = 'Home';

/** Makes the community that a new instance starts with, its first account as its admin. Part of the caller's transaction. */
export function createFirstCommunity(tx: Prisma.TransactionClient, adminId: string): Promise<string> {
  return insertCommunity(tx, { name: NAME, adminId, membersMayReplay: true });
}

/**
 * Lets a new account into the oldest community.
 * @returns its id; null when there is none any more
 */
export async function joinFirstCommunity(
  tx: Prisma.TransactionClient,
  userId: string,
): Promise<string | null> {
  const community = await tx.community.findFirst({ orderBy: { createdAt: 'asc' }, select: { id: true } });
  if (community === null) return null;
  await addMember(tx, community.id, userId);
  return community.id;
}
