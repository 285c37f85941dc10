import type { Prisma, PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { Action } from '@hindsight/shared/community/permissions';
import {
  MAX_ROLES,
  type RoleCreateInput,
  type RoleDto,
  type RoleUpdateInput,
} from '@hindsight/shared/community/role';
import type { Access } from '../access/access.service.ts';
import { keepAnAdmin, lockCommunity } from '../communities/admins.ts';
import type { CommunityNews } from '../communities/community-news.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { byPower, requireAllActions } from './role-rules.ts';
import type { PermissionEnforcement } from './permission-enforcement.ts';

const ROLE_FIELDS = {
  id: true,
  communityId: true,
  name: true,
  actions: true,
  isDefault: true,
  _count: { select: { members: true } },
} as const satisfies Prisma.RoleSelect;

type RoleRow = Prisma.RoleGetPayload<{ select: typeof ROLE_FIELDS }>;

export type Roles = ReturnType<typeof createRoles>;

/** Manages a community's roles. Callers can't grant or change more than they may do themselves. */
export function createRoles({
  db,
  access,
  news,
  enforcement,
}: {
  db: PrismaClient;
  access: Pick<Access, 'requireCommunity'>;
  news: Pick<CommunityNews, 'changed'>;
  enforcement: Pick<PermissionEnforcement, 'enforce'>;
}) {
  /** Returns a role's community, and what the caller may do in it. */
  async function requireManaged(user: SignedInUser, roleId: string) {
    const role = await db.role.findUnique({ where: { id: roleId }, select: { communityId: true } });
    if (role === null) throw new AppError('NOT_FOUND');
    const { actions } = await access.requireCommunity(user, role.communityId, 'MANAGE_ROLES');
    return { communityId: role.communityId, actions };
  }

  /** Reads a role that the caller may change. The community must be locked, so that nobody else changes it meanwhile. */
  async function requireChangeableRole(
    tx: Prisma.TransactionClient,
    roleId: string,
    mine: readonly Action[],
  ): Promise<RoleRow> {
    const role = await tx.role.findUnique({ where: { id: roleId }, select: ROLE_FIELDS });
    if (role === null) throw new AppError('NOT_FOUND');
    requireAllActions(mine, role.actions);
    return role;
  }

  async function requireFreeName(
    tx: Prisma.TransactionClient,
    { communityId, name, exceptId }: { communityId: string; name: string; exceptId?: string },
  ): Promise<void> {
    const others = await tx.role.findMany({ where: { communityId }, select: { id: true, name: true } });
    const key = name.toLocaleLowerCase('en');
    if (others.some((role) => role.id !== exceptId && role.name.toLocaleLowerCase('en') === key))
      throw new AppError('NAME_TAKEN');
  }

  async function announce(communityId: string): Promise<void> {
    await news.changed(communityId);
    await enforcement.enforce(communityId);
  }

  return {
    /**
     * Lists all roles of a community, the most powerful first.
     * @throws AppError NOT_FOUND
     */
    async list(user: SignedInUser, communityId: string): Promise<RoleDto[]> {
      await access.requireCommunity(user, communityId);
      const roles = await db.role.findMany({ where: { communityId }, select: ROLE_FIELDS });
      return roles.toSorted(byPower).map(toDto);
    },

    /**
     * Makes a role.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, NAME_TAKEN, VALIDATION_FAILED when there are too many
     */
    async create(
      user: SignedInUser,
      { communityId, name, actions: granted }: RoleCreateInput,
    ): Promise<RoleDto> {
      const { actions } = await access.requireCommunity(user, communityId, 'MANAGE_ROLES');
      requireAllActions(actions, granted);
      const role = await db.$transaction(async (tx) => {
        await lockCommunity(tx, communityId);
        if ((await tx.role.count({ where: { communityId } })) >= MAX_ROLES)
          throw new AppError('VALIDATION_FAILED', { detail: `A community has at most ${MAX_ROLES} roles.` });
        await requireFreeName(tx, { communityId, name });
        return tx.role.create({ data: { communityId, name, actions: granted }, select: ROLE_FIELDS });
      });
      await news.changed(communityId);
      return toDto(role);
    },

    /**
     * Renames a role, or changes what it grants.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, NAME_TAKEN, LAST_ADMIN
     */
    async update(user: SignedInUser, { roleId, name, actions: granted }: RoleUpdateInput): Promise<RoleDto> {
      const { communityId, actions } = await requireManaged(user, roleId);
      if (granted !== undefined) requireAllActions(actions, granted);
      const role = await db.$transaction((tx) =>
        keepAnAdmin(tx, communityId, async () => {
          await requireChangeableRole(tx, roleId, actions);
          if (name !== undefined) await requireFreeName(tx, { communityId, name, exceptId: roleId });
          return tx.role.update({
            where: { id: roleId },
            data: {
              ...(name === undefined ? {} : { name }),
              ...(granted === undefined ? {} : { actions: granted }),
            },
            select: ROLE_FIELDS,
          });
        }),
      );
      await announce(communityId);
      return toDto(role);
    },

    /**
     * Removes a role, also from everybody who has it.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, ROLE_IS_DEFAULT, LAST_ADMIN
     */
    async remove(user: SignedInUser, roleId: string): Promise<void> {
      const { communityId, actions } = await requireManaged(user, roleId);
      await db.$transaction((tx) =>
        keepAnAdmin(tx, communityId, async () => {
          const role = await requireChangeableRole(tx, roleId, actions);
          if (role.isDefault) throw new AppError('ROLE_IS_DEFAULT');
          await tx.role.delete({ where: { id: roleId } });
        }),
      );
      await announce(communityId);
    },
  };
}

function toDto({ _count, ...role }: RoleRow): RoleDto {
  return { ...role, memberCount: _count.members };
}
