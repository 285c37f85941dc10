import type { Prisma } from '@hindsight/db/client';
import { ADMIN_ROLE, defaultRoles } from '@hindsight/shared/community/permissions';

const VOICE_CHANNEL = 'Lounge';
const TEXT_CHANNEL = 'general';

/**
 * Makes a community with its first channels and roles, and its maker as its admin, in the caller's transaction.
 * @returns the community's id
 */
export async function insertCommunity(
  tx: Prisma.TransactionClient,
  { name, adminId, membersMayReplay }: { name: string; adminId: string; membersMayReplay: boolean },
): Promise<string> {
  const community = await tx.community.create({
    data: {
      name,
      replayConfig: { create: {} },
      channels: {
        create: [
          { name: TEXT_CHANNEL, kind: 'TEXT' },
          { name: VOICE_CHANNEL, kind: 'VOICE' },
        ],
      },
      roles: {
        create: defaultRoles({ membersMayReplay }).map((role) => ({ ...role, actions: [...role.actions] })),
      },
    },
    select: { id: true, roles: { where: { name: ADMIN_ROLE }, select: { id: true } } },
  });
  const member = { communityId: community.id, userId: adminId };
  await tx.communityMember.create({ data: member });
  await tx.memberRole.createMany({ data: community.roles.map(({ id }) => ({ ...member, roleId: id })) });
  return community.id;
}
