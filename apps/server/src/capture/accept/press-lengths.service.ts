import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { PressLengths, PressLengthsUpdate } from '@hindsight/shared/replay/lengths';

const SELECT = { pressSeconds: true, buttonSeconds: true } as const;

export type PressLengthsService = ReturnType<typeof createPressLengths>;

/** Keeps the lengths that people save with one press, so that they are the same in every browser and for every program. */
export function createPressLengths({ db }: { db: PrismaClient }) {
  return {
    /** @throws AppError NOT_FOUND when there is no such account */
    async get(userId: string): Promise<PressLengths> {
      const user = await db.user.findUnique({ where: { id: userId }, select: SELECT });
      if (user === null) throw new AppError('NOT_FOUND');
      return toLengths(user);
    },

    /** Changes what is given. */
    async update(
      userId: string,
      { defaultSeconds, buttonSeconds }: PressLengthsUpdate,
    ): Promise<PressLengths> {
      const data = {
        ...(defaultSeconds === undefined ? {} : { pressSeconds: defaultSeconds }),
        ...(buttonSeconds === undefined ? {} : { buttonSeconds }),
      };
      return toLengths(await db.user.update({ where: { id: userId }, data, select: SELECT }));
    },

    /**
     * Returns how much a press saves that names no length: what its key says, otherwise what the account says.
     * @throws AppError NOT_FOUND when there is no such account
     */
    async ofPress(userId: string, keyId: string | null): Promise<number> {
      const [row] = await db.$queryRaw<{ seconds: number }[]>`
        SELECT COALESCE(k."pressSeconds", u."pressSeconds") AS seconds
        FROM "User" u LEFT JOIN "ProgramKey" k ON k."userId" = u."id" AND k."id" = ${keyId}::uuid
        WHERE u."id" = ${userId}::uuid`;
      if (row === undefined) throw new AppError('NOT_FOUND');
      return row.seconds;
    },
  };
}

function toLengths({ pressSeconds, buttonSeconds }: { pressSeconds: number; buttonSeconds: number[] }) {
  return { defaultSeconds: pressSeconds, buttonSeconds };
}
