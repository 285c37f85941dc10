import { Prisma, type PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type {
  AuthStatus,
  LoginInput,
  RegisterInput,
  UpdatePasswordInput,
  UserDto,
} from '@hindsight/shared/user';
import { createFirstCommunity, joinFirstCommunity } from '../communities/first-community.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { hashPassword, isPassword } from './passwords.ts';
import type { SessionTokens } from './session-tokens.ts';

const UNIQUE_VIOLATION = 'P2002';
const SETTINGS_ID = 1;

const USER_FIELDS = {
  id: true,
  username: true,
  isInstanceAdmin: true,
  createdAt: true,
  tokenVersion: true,
} as const satisfies Prisma.UserSelect;

type UserRow = Prisma.UserGetPayload<{ select: typeof USER_FIELDS }>;

/** A fresh sign-in: the account and the token that proves it from now on. */
export interface SignIn {
  user: UserDto;
  token: string;
}

export type Accounts = ReturnType<typeof createAccounts>;

/** Accounts: who exists, and who a token stands for. */
export function createAccounts({
  db,
  tokens,
  defaultQuotaBytes,
}: {
  db: PrismaClient;
  tokens: SessionTokens;
  defaultQuotaBytes: number;
}) {
  async function signIn(row: UserRow): Promise<SignIn> {
    return {
      user: toDto(row),
      token: await tokens.mint({ userId: row.id, tokenVersion: row.tokenVersion }),
    };
  }

  /**
   * The settings row is locked while an account is made: of two first registrations at once, exactly one is the first.
   */
  async function insertAccount(tx: Prisma.TransactionClient, username: string, passwordHash: string) {
    await tx.instanceSettings.createMany({ data: { id: SETTINGS_ID }, skipDuplicates: true });
    await tx.$queryRaw`SELECT 1 FROM "InstanceSettings" WHERE "id" = ${SETTINGS_ID} FOR UPDATE`;
    const settings = await tx.instanceSettings.findUniqueOrThrow({ where: { id: SETTINGS_ID } });
    const isFirst = (await tx.user.count()) === 0;
    if (!isFirst && settings.registrationMode !== 'OPEN') throw new AppError('REGISTRATION_CLOSED');
    const row = await tx.user.create({
      data: {
        username,
        usernameKey: toUsernameKey(username),
        passwordHash,
        isInstanceAdmin: isFirst,
        replayQuota: { create: { quotaBytes: BigInt(defaultQuotaBytes) } },
      },
      select: USER_FIELDS,
    });
    await (isFirst ? createFirstCommunity(tx, row.id) : joinFirstCommunity(tx, row.id));
    return row;
  }

  return {
    /** What the sign-in page needs to know. */
    async status(user: SignedInUser | null): Promise<AuthStatus> {
      const [row, anyUser, settings] = await Promise.all([
        user === null ? null : db.user.findUnique({ where: { id: user.id }, select: USER_FIELDS }),
        db.user.findFirst({ select: { id: true } }),
        db.instanceSettings.findUnique({ where: { id: SETTINGS_ID } }),
      ]);
      const modes = { OPEN: 'open', INVITE: 'invite', CLOSED: 'closed' } as const;
      return {
        user: row === null ? null : toDto(row),
        isFirstAccount: anyUser === null,
        registration: modes[settings?.registrationMode ?? 'OPEN'],
      };
    },

    /**
     * Makes an account. The first one of the instance becomes its admin and gets the first community; later ones join it.
     * @throws AppError REGISTRATION_CLOSED, USERNAME_TAKEN
     */
    async register({ username, password }: RegisterInput): Promise<SignIn> {
      const passwordHash = await hashPassword(password);
      try {
        return await signIn(await db.$transaction((tx) => insertAccount(tx, username, passwordHash)));
      } catch (error) {
        if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === UNIQUE_VIOLATION)
          throw new AppError('USERNAME_TAKEN', { cause: error });
        throw error;
      }
    },

    /** @throws AppError INVALID_CREDENTIALS, the same and as slow for an unknown name as for a wrong password */
    async login({ username, password }: LoginInput): Promise<SignIn> {
      const row = await db.user.findUnique({
        where: { usernameKey: toUsernameKey(username) },
        select: { ...USER_FIELDS, passwordHash: true },
      });
      const isRight = await isPassword(row?.passwordHash, password);
      if (row === null || !isRight) throw new AppError('INVALID_CREDENTIALS');
      return signIn(row);
    },

    /** Revokes all tokens of an account, on every device. */
    async logout(user: SignedInUser): Promise<void> {
      await db.user.update({ where: { id: user.id }, data: { tokenVersion: { increment: 1 } } });
    },

    /**
     * Gives an account another password. All tokens are revoked, on every device; the answer holds a fresh one.
     * @throws AppError WRONG_PASSWORD
     */
    async updatePassword(user: SignedInUser, input: UpdatePasswordInput): Promise<SignIn> {
      const { id } = user;
      const { passwordHash } = await db.user.findUniqueOrThrow({
        where: { id },
        select: { passwordHash: true },
      });
      if (!(await isPassword(passwordHash, input.current))) throw new AppError('WRONG_PASSWORD');
      const row = await db.user.update({
        where: { id },
        data: { passwordHash: await hashPassword(input.new), tokenVersion: { increment: 1 } },
        select: USER_FIELDS,
      });
      return signIn(row);
    },

    /** Who a token stands for; null when it is not (or no longer) good. */
    async authenticate(token: string): Promise<SignedInUser | null> {
      const claims = await tokens.verify(token);
      if (claims === null) return null;
      const row = await db.user.findUnique({ where: { id: claims.userId }, select: USER_FIELDS });
      if (row === null || row.tokenVersion !== claims.tokenVersion) return null;
      return { id: row.id, username: row.username, isInstanceAdmin: row.isInstanceAdmin };
    },
  };
}

/** Two names that differ only by case or by how their letters are composed are one name. */
export function toUsernameKey(username: string): string {
  return username.trim().normalize('NFKC').toLowerCase();
}

function toDto(row: UserRow): UserDto {
  return {
    id: row.id,
    username: row.username,
    isInstanceAdmin: row.isInstanceAdmin,
    createdAt: row.createdAt.toISOString(),
  };
}
