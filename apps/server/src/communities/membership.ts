import type { Prisma } from '@hindsight/db/client';

/**
 * Adds somebody to a community, with its default roles.
 * @returns false when they were a member already
 */
export async function addMember(
  tx: Prisma.TransactionClient,
  communityId: string,
  userId: string,
): Promise<boolean> {
  const { count } = await tx.communityMember.createMany({
    data: [{ communityId, userId }],
    skipDuplicates: true,
  });
  if (count === 0) return false;
  const roles = await tx.role.findMany({ where: { communityId, isDefault: true }, select: { id: true } });
  await tx.memberRole.createMany({ data: roles.map(({ id }) => ({ communityId, userId, roleId: id })) });
  return true;
}
