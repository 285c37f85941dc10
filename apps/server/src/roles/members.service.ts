import type { Prisma, PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type {
  MemberDto,
  MemberInput,
  MemberList,
  MemberListInput,
  MemberUpdateInput,
} from '@hindsight/shared/community/member';
import { allowedActions } from '@hindsight/shared/community/permissions';
import type { Access } from '../access/access.service.ts';
import { keepAnAdmin } from '../communities/admins.ts';
import type { CommunityNews } from '../communities/community-news.ts';
import type { Departure } from '../communities/departure.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { nameContains } from './name-search.ts';
import { byPower, requireAllActions } from './role-rules.ts';
import type { PermissionEnforcement } from './permission-enforcement.ts';

const MEMBER_FIELDS = {
  userId: true,
  joinedAt: true,
  user: { select: { username: true, usernameKey: true, isInstanceAdmin: true } },
  roles: { select: { role: { select: { id: true, name: true, actions: true } } } },
} as const satisfies Prisma.CommunityMemberSelect;

type MemberRow = Prisma.CommunityMemberGetPayload<{ select: typeof MEMBER_FIELDS }>;

export type Members = ReturnType<typeof createMembers>;

/** Manages who is in a community, with which roles. */
export function createMembers({
  db,
  access,
  news,
  enforcement,
  departure,
}: {
  db: PrismaClient;
  access: Pick<Access, 'requireCommunity'>;
  news: Pick<CommunityNews, 'changed'>;
  enforcement: Pick<PermissionEnforcement, 'enforce'>;
  departure: Pick<Departure, 'leave'>;
}) {
  async function requireMember(
    tx: Prisma.TransactionClient,
    { communityId, userId }: MemberInput,
  ): Promise<MemberRow> {
    const member = await tx.communityMember.findUnique({
      where: { communityId_userId: { communityId, userId } },
      select: MEMBER_FIELDS,
    });
    if (member === null) throw new AppError('NOT_FOUND');
    return member;
  }

  return {
    /**
     * Lists members by name.
     * @throws AppError NOT_FOUND
     */
    async list(user: SignedInUser, input: MemberListInput): Promise<MemberList> {
      const { communityId, search, cursor, limit } = input;
      await access.requireCommunity(user, communityId);
      const where = { communityId, user: nameContains(search) };
      const [total, rows] = await Promise.all([
        db.communityMember.count({ where }),
        db.communityMember.findMany({
          // The cursor is the last name's key, which no two people share.
          where: cursor === undefined ? where : { AND: [where, { user: { usernameKey: { gt: cursor } } }] },
          orderBy: { user: { usernameKey: 'asc' } },
          take: limit + 1,
          select: MEMBER_FIELDS,
        }),
      ]);
      const page = rows.slice(0, limit);
      return {
        items: page.map(toDto),
        nextCursor: rows.length > limit ? (page.at(-1)?.user.usernameKey ?? null) : null,
        total,
      };
    },

    /**
     * Gives a member exactly these roles. Only the roles that change need the caller's permission, because the caller may
     * have no power over the others.
     * @throws AppError NOT_FOUND (also for roles of other communities), PERMISSION_DENIED, LAST_ADMIN
     */
    async update(
      user: SignedInUser,
      { communityId, userId, roleIds }: MemberUpdateInput,
    ): Promise<MemberDto> {
      const { actions } = await access.requireCommunity(user, communityId, 'MANAGE_ROLES');
      const member = await db.$transaction((tx) =>
        keepAnAdmin(tx, communityId, async () => {
          const before = (await requireMember(tx, { communityId, userId })).roles.map(({ role }) => role);
          const wanted = await tx.role.findMany({ where: { communityId, id: { in: roleIds } } });
          if (wanted.length !== new Set(roleIds).size) throw new AppError('NOT_FOUND');
          const added = wanted.filter(({ id }) => !before.some((role) => role.id === id));
          const removed = before.filter(({ id }) => !wanted.some((role) => role.id === id));
          for (const role of [...added, ...removed]) requireAllActions(actions, role.actions);
          await tx.memberRole.deleteMany({
            where: { communityId, userId, roleId: { in: removed.map(({ id }) => id) } },
          });
          await tx.memberRole.createMany({
            data: added.map(({ id }) => ({ communityId, userId, roleId: id })),
          });
          return requireMember(tx, { communityId, userId });
        }),
      );
      await news.changed(communityId);
      await enforcement.enforce(communityId);
      return toDto(member);
    },

    /**
     * Removes a member from a community. Their recording there ends and they are disconnected from its voice channels. A
     * member who may do more than the caller can't be removed.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, LAST_ADMIN
     */
    async remove(user: SignedInUser, { communityId, userId }: MemberInput): Promise<void> {
      const { actions } = await access.requireCommunity(user, communityId, 'MANAGE_COMMUNITY');
      await db.$transaction((tx) =>
        keepAnAdmin(tx, communityId, async () => {
          const member = await requireMember(tx, { communityId, userId });
          const { isInstanceAdmin } = member.user;
          requireAllActions(
            actions,
            allowedActions({ isInstanceAdmin, roles: member.roles.map(({ role }) => role) }),
          );
          await tx.communityMember.delete({ where: { communityId_userId: { communityId, userId } } });
        }),
      );
      await news.changed(communityId, [userId]);
      await departure.leave({ communityId, userId, reason: 'STOPPED_BY_ADMIN' });
    },
  };
}

function toDto({ userId, joinedAt, user, roles }: MemberRow): MemberDto {
  return {
    userId,
    username: user.username,
    joinedAt: joinedAt.toISOString(),
    isInstanceAdmin: user.isInstanceAdmin,
    roles: roles
      .map(({ role }) => role)
      .toSorted(byPower)
      .map(({ id, name }) => ({ id, name })),
  };
}
