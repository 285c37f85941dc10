import type { Prisma, PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { QuotaDto } from '@hindsight/shared/account/quota';
import { toSafeNumber } from '@hindsight/shared/units';

/** The quota is written in the transaction that also changes the clip it accounts for. */
export type QuotaTransaction = Prisma.TransactionClient;

/**
 * The quota accounts for each user's storage. `usedBytes` is the size of the user's finished clips and exports, and
 * `reservedBytes` what running captures and exports may take. Their sum never exceeds `quotaBytes`, because each step is one conditional UPDATE that
 * locks the user's row.
 */
export type Quota = ReturnType<typeof createQuota>;

export function createQuota({ db, defaultQuotaBytes }: { db: PrismaClient; defaultQuotaBytes: number }) {
  /** Creates the row on demand, so that neither registration nor a restored backup can forget one. */
  async function ensureRow(tx: QuotaTransaction, userId: string): Promise<void> {
    await tx.userReplayQuota.createMany({
      data: [{ userId, quotaBytes: BigInt(defaultQuotaBytes) }],
      skipDuplicates: true,
    });
  }

  async function mine(userId: string): Promise<QuotaDto> {
    await ensureRow(db, userId);
    return toQuotaDto(await db.userReplayQuota.findUniqueOrThrow({ where: { userId } }));
  }

  return {
    mine,

    /** Creates all missing rows, before the quotas of all users are read. */
    async ensureAll(): Promise<void> {
      const missing = await db.user.findMany({ where: { replayQuota: null }, select: { id: true } });
      if (missing.length === 0) return;
      await db.userReplayQuota.createMany({
        data: missing.map(({ id }) => ({ userId: id, quotaBytes: BigInt(defaultQuotaBytes) })),
        skipDuplicates: true,
      });
    },

    /** Sets a user's quota. When it is below the used size, nothing is deleted, but the user can't save more for now. */
    async set(userId: string, quotaBytes: number): Promise<QuotaDto> {
      await ensureRow(db, userId);
      const data = { quotaBytes: BigInt(quotaBytes) };
      return toQuotaDto(await db.userReplayQuota.update({ where: { userId }, data }));
    },

    /**
     * Reserves bytes for a capture. It locks the user's row until the transaction ends, so captures of one user take
     * turns.
     * @throws AppError QUOTA_EXCEEDED
     */
    async reserve(tx: QuotaTransaction, userId: string, bytes: number): Promise<void> {
      // One statement, because every press needs it. A row that it creates and that is exceeded at once goes with the transaction.
      const [reserved] = await tx.$queryRaw<{ fits: boolean }[]>`
        INSERT INTO "UserReplayQuota" AS quota ("id", "userId", "quotaBytes", "reservedBytes", "updatedAt")
        VALUES (gen_random_uuid(), ${userId}::uuid, ${BigInt(defaultQuotaBytes)}, ${BigInt(bytes)}, now())
        ON CONFLICT ("userId") DO UPDATE
        SET "reservedBytes" = quota."reservedBytes" + excluded."reservedBytes", "updatedAt" = now()
        WHERE quota."usedBytes" + quota."reservedBytes" + excluded."reservedBytes" <= quota."quotaBytes"
        RETURNING "reservedBytes" <= "quotaBytes" AS fits`;
      if (reserved?.fits !== true) throw new AppError('QUOTA_EXCEEDED');
    },

    /** Locks the user's quota until the transaction ends, which also waits for reservations under way. */
    async lock(tx: QuotaTransaction, userId: string): Promise<void> {
      await ensureRow(tx, userId);
      await tx.$queryRaw`SELECT 1 FROM "UserReplayQuota" WHERE "userId" = ${userId}::uuid FOR UPDATE`;
    },

    /** Releases a reservation. */
    async release(tx: QuotaTransaction, userId: string, reservedBytes: number): Promise<void> {
      await tx.$executeRaw`
        UPDATE "UserReplayQuota"
        SET "reservedBytes" = GREATEST(0, "reservedBytes" - ${BigInt(reservedBytes)}), "updatedAt" = now()
        WHERE "userId" = ${userId}::uuid`;
    },

    /**
     * Turns a reservation into the exact size of the finished clip.
     * @throws AppError QUOTA_EXCEEDED when the clip came out larger than reserved and no longer fits
     */
    async commit(
      tx: QuotaTransaction,
      userId: string,
      { reservedBytes, usedBytes }: { reservedBytes: number; usedBytes: number },
    ): Promise<void> {
      const updated = await tx.$executeRaw`
        UPDATE "UserReplayQuota"
        SET "reservedBytes" = GREATEST(0, "reservedBytes" - ${BigInt(reservedBytes)}),
            "usedBytes" = "usedBytes" + ${BigInt(usedBytes)}, "updatedAt" = now()
        WHERE "userId" = ${userId}::uuid
          AND (${BigInt(usedBytes)} <= ${BigInt(reservedBytes)}
            OR "usedBytes" + "reservedBytes" - ${BigInt(reservedBytes)} + ${BigInt(usedBytes)} <= "quotaBytes")`;
      if (updated === 0) throw new AppError('QUOTA_EXCEEDED');
    },

    /**
     * Replaces a finished clip's old size by its new one.
     * @param options.mayExceed whether it is done even if it doesn't fit, because it isn't the owner's wish
     * @throws AppError QUOTA_EXCEEDED when it is larger and doesn't fit
     */
    async exchange(
      tx: QuotaTransaction,
      userId: string,
      {
        freedBytes,
        usedBytes,
        mayExceed = false,
      }: { freedBytes: number; usedBytes: number; mayExceed?: boolean },
    ): Promise<void> {
      const growth = BigInt(usedBytes - freedBytes);
      const updated = await tx.$executeRaw`
        UPDATE "UserReplayQuota"
        SET "usedBytes" = GREATEST(0, "usedBytes" + ${growth}), "updatedAt" = now()
        WHERE "userId" = ${userId}::uuid
          AND (${growth}::bigint <= 0 OR ${mayExceed} OR "usedBytes" + "reservedBytes" + ${growth} <= "quotaBytes")`;
      if (updated === 0) throw new AppError('QUOTA_EXCEEDED');
    },

    /**
     * Sets every reservation to the sum of the user's running captures and exports, whatever a crash or a restored backup has left.
     */
    async recountReserved(): Promise<void> {
      await db.$transaction(async (tx) => {
        // All quotas are locked first. Other servers may be reserving, and they lock the quota before they insert the
        // clip or export, so the sum matches the reservations.
        await tx.$queryRaw`SELECT 1 FROM "UserReplayQuota" ORDER BY "userId" FOR UPDATE`;
        await tx.$executeRaw`
          UPDATE "UserReplayQuota" AS quota SET "reservedBytes" = running.bytes, "updatedAt" = now()
          FROM (
            SELECT owner."userId", COALESCE(SUM(reserved.bytes), 0)::bigint AS bytes
            FROM "UserReplayQuota" AS owner
            LEFT JOIN (
              SELECT "userId", "reservedBytes" AS bytes FROM "ReplayClip" WHERE status = 'PROCESSING'
              UNION ALL
              SELECT "userId", "reservedBytes" FROM "ClipExport" WHERE status = 'PROCESSING'
            ) AS reserved ON reserved."userId" = owner."userId"
            GROUP BY owner."userId"
          ) AS running
          WHERE running."userId" = quota."userId" AND running.bytes <> quota."reservedBytes"`;
      });
    },

    /** Subtracts a deleted clip's bytes. */
    async free(tx: QuotaTransaction, userId: string, usedBytes: number): Promise<void> {
      await tx.$executeRaw`
        UPDATE "UserReplayQuota"
        SET "usedBytes" = GREATEST(0, "usedBytes" - ${BigInt(usedBytes)}), "updatedAt" = now()
        WHERE "userId" = ${userId}::uuid`;
    },
  };
}

/** Turns a stored quota into what users see. */
export function toQuotaDto(row: { quotaBytes: bigint; usedBytes: bigint; reservedBytes: bigint }): QuotaDto {
  const available = row.quotaBytes - row.usedBytes - row.reservedBytes;
  return {
    quotaBytes: toSafeNumber(row.quotaBytes),
    usedBytes: toSafeNumber(row.usedBytes),
    reservedBytes: toSafeNumber(row.reservedBytes),
    availableBytes: toSafeNumber(available > 0n ? available : 0n),
  };
}
