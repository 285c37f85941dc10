import { createHash, randomBytes } from 'node:crypto';
import type { PrismaClient, ProgramKey } from '@hindsight/db/client';
import {
  MAX_PROGRAM_KEYS,
  PROGRAM_KEY_PREFIX,
  type CreatedProgramKey,
  type ProgramKeyCreateInput,
  type ProgramKeyDto,
  type ProgramKeyScope,
} from '@hindsight/shared/account/program-key';
import { AppError } from '@hindsight/shared/errors';
import { HOUR, MINUTE } from '@hindsight/shared/units';
import type { Log } from '../log.ts';
import type { Caller, SignedInUser } from '../trpc/trpc.ts';

/** A key has 256 bits, so it can't be guessed. */
const KEY_BYTES = 32;
/** The time of the last use is written this often at most, because a press shouldn't wait for it. */
const USE_EXACT_TO_MS = 1 * MINUTE;

interface FoundKey {
  id: string;
  scope: ProgramKeyScope;
  lastUsedAt: Date | null;
  userId: string;
  username: string;
  isInstanceAdmin: boolean;
}

/** A program that shows a key of its owner's. */
type KeyCaller = Caller & { key: NonNullable<Caller['key']> };

export type ProgramKeys = ReturnType<typeof createProgramKeys>;

/** Manages keys for other programs. Whoever has a key does for its owner what its scope allows, until it expires or is revoked. */
export function createProgramKeys({
  db,
  log,
  now = Date.now,
}: {
  db: PrismaClient;
  log: Log;
  now?: () => number;
}) {
  /** These uses are being written. */
  const writing = new Set<Promise<void>>();

  async function writeUse(keyId: string, at: Date): Promise<void> {
    const before = new Date(at.getTime() - USE_EXACT_TO_MS);
    await db.programKey
      .updateMany({
        where: { id: keyId, OR: [{ lastUsedAt: null }, { lastUsedAt: { lte: before } }] },
        data: { lastUsedAt: at },
      })
      .catch((error: unknown) => log.warn({ err: error, keyId }, 'the use of a key could not be written'));
  }

  /** Notes that a key is used, without waiting for it. */
  function noteUse({ id, lastUsedAt }: FoundKey): void {
    const at = new Date(now());
    if (lastUsedAt !== null && at.getTime() - lastUsedAt.getTime() < USE_EXACT_TO_MS) return;
    const written = writeUse(id, at).finally(() => writing.delete(written));
    writing.add(written);
  }

  return {
    /** Returns the keys of an account, the newest first, also those that have expired. */
    async list(userId: string): Promise<ProgramKeyDto[]> {
      const keys = await db.programKey.findMany({
        where: { userId },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      });
      return keys.map(toDto);
    },

    /**
     * Makes a key. It is in the answer and nowhere else.
     * @throws AppError LIMIT_REACHED
     */
    async create(
      { id: userId }: SignedInUser,
      { name, scope, pressSeconds = null, expiresInHours }: Omit<ProgramKeyCreateInput, 'password'>,
    ): Promise<CreatedProgramKey> {
      const key = `${PROGRAM_KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
      const createdAt = new Date(now());
      const row = await db.$transaction(async (tx) => {
        // The lock makes requests of a user take turns, so that two can't both be the last one allowed.
        await tx.$queryRaw`SELECT 1 FROM "User" WHERE id = ${userId}::uuid FOR UPDATE`;
        if ((await tx.programKey.count({ where: { userId } })) >= MAX_PROGRAM_KEYS)
          throw new AppError('LIMIT_REACHED', {
            detail: `An account has at most ${MAX_PROGRAM_KEYS} keys.`,
          });
        return tx.programKey.create({
          data: {
            userId,
            name,
            scope,
            pressSeconds,
            keyHash: hashOf(key),
            createdAt,
            expiresAt: expiresInHours === null ? null : new Date(createdAt.getTime() + expiresInHours * HOUR),
          },
        });
      });
      log.info({ userId, keyId: row.id, scope }, 'a key for other programs was made');
      return { ...toDto(row), key };
    },

    /**
     * Deletes a key, which no server takes from then on.
     * @throws AppError NOT_FOUND
     */
    async revoke({ id: userId }: SignedInUser, keyId: string): Promise<void> {
      const { count } = await db.programKey.deleteMany({ where: { id: keyId, userId } });
      if (count === 0) throw new AppError('NOT_FOUND');
      log.info({ userId, keyId }, 'a key for other programs was revoked');
    },

    /**
     * Returns whose key a text is; null when it isn't one, or doesn't work any more. Whatever the text, it is one look-up by its
     * hash, whose time tells nothing about the keys that there are.
     */
    async authenticate(text: string): Promise<KeyCaller | null> {
      const [found] = await db.$queryRaw<FoundKey[]>`
        SELECT k."id"::text, k."scope"::text, k."lastUsedAt", u."id"::text AS "userId", u."username", u."isInstanceAdmin"
        FROM "ProgramKey" k JOIN "User" u ON u."id" = k."userId"
        WHERE k."keyHash" = ${hashOf(text)} AND (k."expiresAt" IS NULL OR k."expiresAt" > ${new Date(now())})`;
      if (found === undefined) return null;
      noteUse(found);
      const { id, scope, userId, username, isInstanceAdmin } = found;
      return { user: { id: userId, username, isInstanceAdmin }, key: { id, scope } };
    },

    /** Waits until all uses are written. */
    async close(): Promise<void> {
      await Promise.all(writing);
    },
  };
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function toDto({
  id,
  name,
  scope,
  pressSeconds,
  createdAt,
  lastUsedAt,
  expiresAt,
}: ProgramKey): ProgramKeyDto {
  return {
    id,
    name,
    scope,
    pressSeconds,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}
