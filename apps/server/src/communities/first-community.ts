import type { Prisma } from '@hindsight/db/client';
import { ADMIN_ROLE, defaultRoles } from '@hindsight/shared/permissions';

const NAME = 'Home';
const VOICE_CHANNEL = 'Lounge';

/** Makes the community that a new instance starts with, its first account as its admin. Part of the caller's transaction. */
export async function createFirstCommunity(tx: Prisma.TransactionClient, adminId: string): Promise<void> {
  const community = await tx.community.create({
    data: {
      name: NAME,
      replayConfig: { create: {} },
      channels: { create: { name: VOICE_CHANNEL, kind: 'VOICE' } },
      roles: {
        create: defaultRoles({ membersMayReplay: true }).map((role) => ({
          ...role,
          actions: [...role.actions],
        })),
      },
    },
    select: { id: true, roles: { where: { name: ADMIN_ROLE }, select: { id: true } } },
  });
  await addMember(tx, community.id, adminId, community.roles);
}

/** Lets a new account into the oldest community, with the roles that it gives to whoever joins. */
export async function joinFirstCommunity(tx: Prisma.TransactionClient, userId: string): Promise<void> {
  const community = await tx.community.findFirst({
    orderBy: { createdAt: 'asc' },
    select: { id: true, roles: { where: { isDefault: true }, select: { id: true } } },
  });
  if (community !== null) await addMember(tx, community.id, userId, community.roles);
}

async function addMember(
  tx: Prisma.TransactionClient,
  communityId: string,
  userId: string,
  roles: readonly { id: string }[],
): Promise<void> {
  await tx.communityMember.create({ data: { communityId, userId } });
  await tx.memberRole.createMany({ data: roles.map(({ id }) => ({ communityId, userId, roleId: id })) });
}
