import { randomUUID } from 'node:crypto';
import type { PrismaClient } from '@hindsight/db/client';
import type { Action } from '@hindsight/shared/community/permissions';
import type { SignedInUser } from '../../trpc/trpc.ts';

/** A member belongs to a community with one voice channel. */
export interface Member {
  user: SignedInUser;
  channelId: string;
  communityId: string;
}

/** Creates a user, and a community of their own in which they have these permissions. */
export async function createMember(
  db: PrismaClient,
  actions: readonly Action[] = ['CAPTURE_REPLAY'],
): Promise<Member> {
  const username = `u${randomUUID()}`;
  const { id } = await db.user.create({ data: { username, usernameKey: username, passwordHash: '-' } });
  const community = await db.community.create({
    data: {
      name: 'Home',
      channels: { create: [{ name: 'Lounge', kind: 'VOICE' }] },
      roles: { create: [{ name: 'Member', actions: [...actions] }] },
      members: { create: [{ userId: id }] },
    },
    include: { channels: true, roles: true },
  });
  const [channel] = community.channels;
  const [role] = community.roles;
  if (channel === undefined || role === undefined) throw new Error('the community was made with both');
  await db.memberRole.create({ data: { communityId: community.id, userId: id, roleId: role.id } });
  return {
    user: { id, username, isInstanceAdmin: false },
    channelId: channel.id,
    communityId: community.id,
  };
}
