import type { Prisma } from '@hindsight/db/client';
import { addMember } from './membership.ts';
import { insertCommunity } from './new-community.ts';

const NAME = 'Home';

/** Makes the community that a new instance starts with, with the first account as its admin, in the caller's transaction. */
export function createFirstCommunity(tx: Prisma.TransactionClient, adminId: string): Promise<string> {
  return insertCommunity(tx, { name: NAME, adminId, membersMayReplay: true });
}

/**
 * Adds a new account to the oldest community.
 * @returns the community's id; null when there is none any more
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
