import { Prisma, type PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type {
  AuthStatus,
  LoginInput,
  RegisterInput,
  UpdatePasswordInput,
  UserDto,
} from '@hindsight/shared/account/user';
import { createFirstCommunity, joinFirstCommunity } from '../communities/first-community.ts';
import type { CommunityNews } from '../communities/community-news.ts';
import type { AppEvents } from '../events/events.ts';
import { joinByInvite, requireUsable } from '../communities/invite-use.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { Passwords } from './passwords.ts';
import type { SessionTokens } from './session-tokens.ts';
import { toSkeletons, toUsernameKey } from './username-key.ts';

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

/** A sign-in is an account together with the new token that proves it. */
export interface SignIn {
  user: UserDto;
  token: string;
}

export type Accounts = ReturnType<typeof createAccounts>;

/** Manages accounts: who exists, and which account a token belongs to. */
export function createAccounts({
  db,
  tokens,
  passwords,
  defaultQuotaBytes,
  news,
  events,
}: {
  db: PrismaClient;
  tokens: SessionTokens;
  passwords: Pick<Passwords, 'hash' | 'isRight'>;
  defaultQuotaBytes: number;
  news: Pick<CommunityNews, 'changed'>;
  events: Pick<AppEvents, 'emit'>;
}) {
  async function signIn(row: UserRow): Promise<SignIn> {
    return {
      user: toDto(row),
      token: await tokens.mint({ userId: row.id, tokenVersion: row.tokenVersion }),
    };
  }

  /**
   * Tells whether an account would be the first one.
   * @throws AppError REGISTRATION_CLOSED when another one may not be made
   */
  async function requireOpen(
    tx: Prisma.TransactionClient,
    { inviteCode }: Pick<RegisterInput, 'inviteCode'>,
  ): Promise<{ isFirst: boolean }> {
    const settings = await tx.instanceSettings.findUnique({ where: { id: SETTINGS_ID } });
    const mode = settings?.registrationMode ?? 'OPEN';
    const isFirst = (await tx.user.findFirst({ select: { id: true } })) === null;
    const isOpen = mode === 'OPEN' || (mode === 'INVITE' && inviteCode !== undefined);
    if (!isFirst && !isOpen) throw new AppError('REGISTRATION_CLOSED');
    return { isFirst };
  }

  /**
   * Refuses a name that somebody has, or that looks like somebody's.
   * @throws AppError USERNAME_TAKEN
   */
  async function requireFree(tx: Prisma.TransactionClient, username: string): Promise<void> {
    const usernameKey = toUsernameKey(username);
    const { usernameSkeleton, shownSkeleton } = toSkeletons(username);
    const other = await tx.user.findFirst({
      where: { OR: [{ usernameKey }, { usernameSkeleton }, { shownSkeleton }] },
      select: { usernameKey: true },
    });
    if (other === null) return;
    const isSame = other.usernameKey === usernameKey;
    throw new AppError(
      'USERNAME_TAKEN',
      isSame ? {} : { detail: 'It looks like the name of somebody here.' },
    );
  }

  /** Gives accounts of earlier releases their skeletons. */
  async function fillSkeletons(tx: Prisma.TransactionClient): Promise<void> {
    const rows = await tx.user.findMany({
      where: { OR: [{ usernameSkeleton: null }, { shownSkeleton: null }] },
      select: { id: true, username: true },
    });
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id);
    const skeletons = rows.map(({ username }) => toSkeletons(username));
    const ofKeys = skeletons.map(({ usernameSkeleton }) => usernameSkeleton);
    const shown = skeletons.map(({ shownSkeleton }) => shownSkeleton);
    await tx.$executeRaw`
      UPDATE "User" SET "usernameSkeleton" = filled."ofKey", "shownSkeleton" = filled.shown
      FROM unnest(${ids}::uuid[], ${ofKeys}::text[], ${shown}::text[]) AS filled (id, "ofKey", shown)
      WHERE "User".id = filled.id`;
  }

  /**
   * Refuses an account that can't be made, before its password is hashed. Hashing is the expensive part, and anybody may
   * ask for it. Only the transaction that makes the account is sure.
   */
  async function requireRegistrable({ username, inviteCode }: Omit<RegisterInput, 'password'>) {
    const { isFirst } = await requireOpen(db, { inviteCode });
    await requireFree(db, username);
    if (!isFirst && inviteCode !== undefined) await requireUsable(db, inviteCode);
  }

  /** Adds a new account to its first community and returns that community's id; null when there is no community any more. */
  async function enterCommunity(
    tx: Prisma.TransactionClient,
    userId: string,
    { isFirst, inviteCode }: { isFirst: boolean; inviteCode: string | undefined },
  ): Promise<string | null> {
    if (isFirst) return createFirstCommunity(tx, userId);
    if (inviteCode === undefined) return joinFirstCommunity(tx, userId);
    return (await joinByInvite(tx, inviteCode, userId)).communityId;
  }

  /**
   * Inserts an account. The settings row is locked meanwhile, so that of two first registrations at once exactly one is
   * the first.
   */
  async function insertAccount(
    tx: Prisma.TransactionClient,
    { username, passwordHash, inviteCode }: Omit<RegisterInput, 'password'> & { passwordHash: string },
  ) {
    await tx.instanceSettings.createMany({ data: { id: SETTINGS_ID }, skipDuplicates: true });
    await tx.$queryRaw`SELECT 1 FROM "InstanceSettings" WHERE "id" = ${SETTINGS_ID} FOR UPDATE`;
    const { isFirst } = await requireOpen(tx, { inviteCode });
    await fillSkeletons(tx);
    await requireFree(tx, username);
    const row = await tx.user.create({
      data: {
        username,
        usernameKey: toUsernameKey(username),
        ...toSkeletons(username),
        passwordHash,
        isInstanceAdmin: isFirst,
        replayQuota: { create: { quotaBytes: BigInt(defaultQuotaBytes) } },
      },
      select: USER_FIELDS,
    });
    return { row, communityId: await enterCommunity(tx, row.id, { isFirst, inviteCode }) };
  }

  /**
   * Checks the current password of somebody who is signed in.
   * @throws AppError WRONG_PASSWORD, SIGN_IN_BUSY
   */
  async function requirePassword({ id }: SignedInUser, password: string): Promise<void> {
    const { passwordHash } = await db.user.findUniqueOrThrow({
      where: { id },
      select: { passwordHash: true },
    });
    if (!(await passwords.isRight(passwordHash, password))) throw new AppError('WRONG_PASSWORD');
  }

  return {
    /** Returns what the sign-in page needs to know. */
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
     * Makes an account. The first account of the instance becomes its admin and gets the first community; later ones join
     * that community, or the one of their invite.
     * @throws AppError REGISTRATION_CLOSED, USERNAME_TAKEN, INVITE_INVALID, SIGN_IN_BUSY
     */
    async register({ password, ...input }: RegisterInput): Promise<SignIn> {
      await requireRegistrable(input);
      const passwordHash = await passwords.hash(password);
      try {
        const { row, communityId } = await db.$transaction((tx) =>
          insertAccount(tx, { ...input, passwordHash }),
        );
        if (communityId !== null) await news.changed(communityId);
        return await signIn(row);
      } catch (error) {
        if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === UNIQUE_VIOLATION)
          throw new AppError('USERNAME_TAKEN', { cause: error });
        throw error;
      }
    },

    /**
     * Signs an account in. An unknown name gives the same error, after the same time, as a wrong password.
     * @throws AppError INVALID_CREDENTIALS, SIGN_IN_BUSY
     */
    async login({ username, password }: LoginInput): Promise<SignIn> {
      const row = await db.user.findUnique({
        where: { usernameKey: toUsernameKey(username) },
        select: { ...USER_FIELDS, passwordHash: true },
      });
      const isRight = await passwords.isRight(row?.passwordHash, password);
      if (row === null || !isRight) throw new AppError('INVALID_CREDENTIALS');
      return signIn(row);
    },

    /** Revokes all tokens of an account, on every device, and on demand its keys for other programs. */
    async logout(user: SignedInUser, { revokeKeys }: { revokeKeys: boolean }): Promise<void> {
      await db.user.update({
        where: { id: user.id },
        data: { tokenVersion: { increment: 1 }, ...keysTo(revokeKeys) },
      });
      events.emit('signedOut', { userId: user.id });
    },

    requirePassword,

    /**
     * Changes the password of an account. All its tokens are revoked, on every device, and on demand its keys for other programs;
     * the result contains a new token.
     * @throws AppError WRONG_PASSWORD, SIGN_IN_BUSY
     */
    async updatePassword(user: SignedInUser, input: UpdatePasswordInput): Promise<SignIn> {
      const { id } = user;
      await requirePassword(user, input.current);
      const row = await db.user.update({
        where: { id },
        data: {
          passwordHash: await passwords.hash(input.new),
          tokenVersion: { increment: 1 },
          ...keysTo(input.revokeKeys),
        },
        select: USER_FIELDS,
      });
      events.emit('signedOut', { userId: id });
      return signIn(row);
    },

    /** Returns the user that a token belongs to; null when the token is not, or no longer, valid. */
    async authenticate(token: string): Promise<SignedInUser | null> {
      const claims = await tokens.verify(token);
      if (claims === null) return null;
      const row = await db.user.findUnique({ where: { id: claims.userId }, select: USER_FIELDS });
      if (row === null || row.tokenVersion !== claims.tokenVersion) return null;
      return { id: row.id, username: row.username, isInstanceAdmin: row.isInstanceAdmin };
    },
  };
}

/** Returns the change of an account that revokes its keys for other programs, or leaves them as they are. */
function keysTo(revokeKeys: boolean): Prisma.UserUpdateInput {
  return revokeKeys ? { programKeys: { deleteMany: {} } } : {};
}

function toDto(row: UserRow): UserDto {
  return {
    id: row.id,
    username: row.username,
    isInstanceAdmin: row.isInstanceAdmin,
    createdAt: row.createdAt.toISOString(),
  };
}
