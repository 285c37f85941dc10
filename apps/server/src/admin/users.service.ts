import type { Prisma, PrismaClient } from '@hindsight/db/client';
import type {
  AdminUser,
  AdminUserList,
  UserListInput,
  UserQuota,
  UserQuotaList,
  UserQuotaUpdateInput,
} from '@hindsight/shared/admin';
import { AppError } from '@hindsight/shared/errors';
import { toQuotaDto, type Quota } from '../quota/quota.service.ts';
import { nameContains } from '../roles/name-search.ts';

const USER_FIELDS = {
  id: true,
  username: true,
  isInstanceAdmin: true,
  createdAt: true,
  replayQuota: { select: { quotaBytes: true, usedBytes: true, reservedBytes: true } },
  _count: { select: { memberships: true } },
} as const satisfies Prisma.UserSelect;

/** Each order ends in a unique field, so that nobody is shown twice or skipped. */
const ORDERS = {
  name: [{ usernameKey: 'asc' }],
  newest: [{ createdAt: 'desc' }, { id: 'desc' }],
  mostUsed: [{ replayQuota: { usedBytes: 'desc' } }, { id: 'asc' }],
} as const satisfies Record<UserListInput['sort'], Prisma.UserOrderByWithRelationInput[]>;

export type AdminUsers = ReturnType<typeof createAdminUsers>;

/** Lists the accounts of the instance with their quotas, for its admins; the router lets nobody else in. */
export function createAdminUsers({
  db,
  quota,
}: {
  db: PrismaClient;
  quota: Pick<Quota, 'mine' | 'set' | 'ensureAll'>;
}) {
  async function requireUser(userId: string): Promise<{ userId: string; username: string }> {
    const user = await db.user.findUnique({ where: { id: userId }, select: { username: true } });
    if (user === null) throw new AppError('NOT_FOUND');
    return { userId, username: user.username };
  }

  async function list({ search, sort, cursor, limit }: UserListInput): Promise<AdminUserList> {
    await quota.ensureAll();
    const where = nameContains(search);
    const [total, rows] = await Promise.all([
      db.user.count({ where }),
      db.user.findMany({
        where,
        orderBy: [...ORDERS[sort]],
        // The cursor is the id of the last user shown. If that user's usage has changed since, the page continues from
        // their new place.
        ...(cursor === undefined ? {} : { cursor: { id: cursor }, skip: 1 }),
        take: limit + 1,
        select: USER_FIELDS,
      }),
    ]);
    const page = rows.slice(0, limit);
    return {
      items: await Promise.all(page.map(toDto)),
      nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
      total,
    };
  }

  async function toDto({ _count, createdAt, replayQuota, ...user }: UserRow): Promise<AdminUser> {
    return {
      ...user,
      createdAt: createdAt.toISOString(),
      communityCount: _count.memberships,
      quota: replayQuota === null ? await quota.mine(user.id) : toQuotaDto(replayQuota),
    };
  }

  return {
    list,

    async listQuotas(input: UserListInput): Promise<UserQuotaList> {
      const { items, ...page } = await list(input);
      return {
        ...page,
        items: items.map((user) => ({ ...user.quota, userId: user.id, username: user.username })),
      };
    },

    /**
     * Returns the quota of a user.
     * @throws AppError NOT_FOUND
     */
    async getQuota(userId: string): Promise<UserQuota> {
      const user = await requireUser(userId);
      return { ...user, ...(await quota.mine(userId)) };
    },

    /**
     * Sets the quota of a user.
     * @throws AppError NOT_FOUND
     */
    async updateQuota({ userId, quotaBytes }: UserQuotaUpdateInput): Promise<UserQuota> {
      const user = await requireUser(userId);
      return { ...user, ...(await quota.set(userId, quotaBytes)) };
    },
  };
}

type UserRow = Prisma.UserGetPayload<{ select: typeof USER_FIELDS }>;
