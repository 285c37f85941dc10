import type { Prisma, PrismaClient } from '@hindsight/db/client';
import type { Person } from '@hindsight/shared/chat/message';
import { nameContains } from '../roles/name-search.ts';
import type { SignedInUser } from '../trpc/trpc.ts';

const MAX_PEOPLE = 20;

/** Selects everybody who shares a community with somebody, except themselves. Those are the people they may write to. */
export function acquaintancesOf(userId: string): Prisma.UserWhereInput {
  return {
    id: { not: userId },
    memberships: { some: { community: { members: { some: { userId } } } } },
  };
}

export function createPeople({ db }: { db: PrismaClient }) {
  return {
    /** Lists the people whom the caller may write to, by name; the first 20. */
    async list(user: SignedInUser, search: string): Promise<Person[]> {
      return db.user.findMany({
        where: { ...acquaintancesOf(user.id), ...nameContains(search) },
        orderBy: { usernameKey: 'asc' },
        take: MAX_PEOPLE,
        select: { id: true, username: true },
      });
    },
  };
}
