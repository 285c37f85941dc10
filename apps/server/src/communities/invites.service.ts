import { randomBytes } from 'node:crypto';
import type { Prisma, PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import {
  MAX_INVITES,
  type InviteCreateInput,
  type InviteDto,
  type InvitePreview,
} from '@hindsight/shared/community/invite';
import { HOUR } from '@hindsight/shared/units';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { Access } from '../access/access.service.ts';
import { lockCommunity } from './admins.ts';
import type { CommunityNews } from './community-news.ts';
import { isUsable, joinByInvite } from './invite-use.ts';

/** A code has 72 bits: it is short enough to read, and nobody can guess one within the limit on tries. */
const CODE_BYTES = 9;

const INVITE_FIELDS = {
  id: true,
  communityId: true,
  code: true,
  createdBy: { select: { username: true } },
  createdAt: true,
  expiresAt: true,
  maxUses: true,
  uses: true,
} as const satisfies Prisma.CommunityInviteSelect;

export type Invites = ReturnType<typeof createInvites>;

/** Manages the links that let people into a community. */
export function createInvites({
  db,
  access,
  news,
}: {
  db: PrismaClient;
  access: Pick<Access, 'requireCommunity'>;
  news: Pick<CommunityNews, 'changed'>;
}) {
  return {
    /**
     * Makes an invite.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, LIMIT_REACHED
     */
    async create(user: SignedInUser, input: InviteCreateInput): Promise<InviteDto> {
      const { communityId, expiresInHours, maxUses } = input;
      await access.requireCommunity(user, communityId, 'MANAGE_COMMUNITY');
      const invite = await db.$transaction(async (tx) => {
        await lockCommunity(tx, communityId);
        await forgetDeadInvites(tx, communityId);
        if ((await tx.communityInvite.count({ where: { communityId } })) >= MAX_INVITES)
          throw new AppError('LIMIT_REACHED');
        return tx.communityInvite.create({
          data: {
            communityId,
            createdById: user.id,
            code: randomBytes(CODE_BYTES).toString('base64url'),
            expiresAt: expiresInHours === null ? null : new Date(Date.now() + expiresInHours * HOUR),
            maxUses,
          },
          select: INVITE_FIELDS,
        });
      });
      await news.changed(communityId);
      return toDto(invite);
    },

    /**
     * Lists the invites that still work, the newest first.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async list(user: SignedInUser, communityId: string): Promise<InviteDto[]> {
      await access.requireCommunity(user, communityId, 'MANAGE_COMMUNITY');
      const invites = await db.communityInvite.findMany({
        where: { communityId },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        select: INVITE_FIELDS,
      });
      return invites.filter((invite) => isUsable(invite, Date.now())).map(toDto);
    },

    /**
     * Ends an invite. Whoever has joined with it stays a member.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async revoke(user: SignedInUser, inviteId: string): Promise<void> {
      const invite = await db.communityInvite.findUnique({
        where: { id: inviteId },
        select: { communityId: true },
      });
      if (invite === null) throw new AppError('NOT_FOUND');
      await access.requireCommunity(user, invite.communityId, 'MANAGE_COMMUNITY');
      await db.communityInvite.deleteMany({ where: { id: inviteId } });
      await news.changed(invite.communityId);
    },

    /**
     * Returns what anybody who has the link may know. Members can see an invite that no longer works.
     * @throws AppError INVITE_INVALID
     */
    async preview(user: SignedInUser | null, code: string): Promise<InvitePreview> {
      const invite = await db.communityInvite.findUnique({
        where: { code },
        select: {
          ...INVITE_FIELDS,
          community: { select: { name: true, _count: { select: { members: true } } } },
        },
      });
      if (invite === null) throw new AppError('INVITE_INVALID');
      const { communityId, community } = invite;
      const membership =
        user === null
          ? null
          : await db.communityMember.findUnique({
              where: { communityId_userId: { communityId, userId: user.id } },
              select: { userId: true },
            });
      if (membership === null && !isUsable(invite, Date.now())) throw new AppError('INVITE_INVALID');
      return {
        communityName: community.name,
        memberCount: community._count.members,
        joinedCommunityId: membership === null ? null : communityId,
      };
    },

    /**
     * Adds the caller to the invite's community. For a member nothing changes, and no use is counted.
     * @returns the community's id
     * @throws AppError INVITE_INVALID
     */
    async accept(user: SignedInUser, code: string): Promise<string> {
      const { communityId, hasJoined } = await db.$transaction((tx) => joinByInvite(tx, code, user.id));
      if (hasJoined) await news.changed(communityId);
      return communityId;
    },
  };
}

/** Deletes invites that can never work again, which would otherwise count against the limit. */
async function forgetDeadInvites(tx: Prisma.TransactionClient, communityId: string): Promise<void> {
  await tx.communityInvite.deleteMany({
    where: {
      communityId,
      OR: [
        { expiresAt: { lte: new Date() } },
        { maxUses: { not: null, lte: tx.communityInvite.fields.uses } },
      ],
    },
  });
}

function toDto({
  createdBy,
  createdAt,
  expiresAt,
  ...invite
}: Prisma.CommunityInviteGetPayload<{ select: typeof INVITE_FIELDS }>): InviteDto {
  return {
    ...invite,
    createdByName: createdBy?.username ?? null,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}
