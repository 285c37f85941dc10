import { Prisma, type EgressSession, type PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { Quality } from '@hindsight/shared/replay/replay';
import { segmentPathOf } from '../buffer/buffer-paths.ts';
import type { DiskGuard } from '../storage/disk-guard.ts';
import { toStoredQuality } from './session-dto.ts';
import type { ShareTracks } from './share.ts';

/** A session with one of these statuses uses a slot. */
export const RUNNING = { in: ['STARTING', 'ACTIVE'] } satisfies Prisma.EnumSessionStatusFilter;

/** This is a share to be recorded; it was verified and its sharer has permission. */
export interface Share extends ShareTracks {
  userId: string;
  /** The channel's id is also the room's name. */
  channelId: string;
  communityId: string;
  quality: Quality;
}

export type SessionSlots = ReturnType<typeof createSessionSlots>;

/** Limits the recordings that run at the same time: one for each user, and a number for each community. */
export function createSessionSlots({
  db,
  disk,
  serverId,
}: {
  db: PrismaClient;
  disk: Pick<DiskGuard, 'isLow'>;
  /** This server's id, because a server records what it starts. */
  serverId: string;
}) {
  async function insertSession(
    tx: Prisma.TransactionClient,
    share: Share,
    isDiskLow: boolean,
  ): Promise<EgressSession> {
    const { userId, communityId, channelId } = share;
    await tx.communityReplayConfig.createMany({ data: [{ communityId }], skipDuplicates: true });
    // The row lock makes starts in one community wait for each other, so that two can't both find the last slot free.
    const [config] = await tx.$queryRaw<{ enabled: boolean; maxConcurrent: number }[]>`
      SELECT "enabled", "maxConcurrent" FROM "CommunityReplayConfig" WHERE "communityId" = ${communityId}::uuid FOR UPDATE`;
    if (config?.enabled !== true) throw new AppError('REPLAY_DISABLED');
    if ((await tx.egressSession.count({ where: { userId, status: RUNNING } })) > 0)
      throw new AppError('ALREADY_ACTIVE');
    if ((await tx.egressSession.count({ where: { communityId, status: RUNNING } })) >= config.maxConcurrent)
      throw new AppError('COMMUNITY_LIMIT_REACHED');
    const quota = await tx.userReplayQuota.findUnique({ where: { userId } });
    if (quota !== null && quota.usedBytes + quota.reservedBytes >= quota.quotaBytes)
      throw new AppError('QUOTA_EXCEEDED');
    if (isDiskLow) throw new AppError('DISK_LOW');

    const { id } = await tx.egressSession.create({
      data: {
        serverId,
        userId,
        communityId,
        channelId,
        roomName: channelId,
        videoTrackSid: share.videoTrackSid,
        audioTrackSid: share.audioTrackSid ?? null,
        quality: toStoredQuality(share.quality),
        segmentPath: '',
      },
      select: { id: true },
    });
    return tx.egressSession.update({
      where: { id },
      data: { segmentPath: segmentPathOf({ roomName: channelId, userId, id }) },
    });
  }

  return {
    /**
     * Inserts the session's row, which takes its slot, in one transaction.
     * @throws AppError REPLAY_DISABLED, ALREADY_ACTIVE, COMMUNITY_LIMIT_REACHED, QUOTA_EXCEEDED, DISK_LOW
     */
    async take(share: Share): Promise<EgressSession> {
      const isDiskLow = await disk.isLow();
      try {
        return await db.$transaction((tx) => insertSession(tx, share, isDiskLow));
      } catch (error) {
        // The partial unique index refused it: the user started in another community at the same moment.
        if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
          throw new AppError('ALREADY_ACTIVE', { cause: error });
        throw error;
      }
    },

    /** Frees the slot of a session that never recorded anything. */
    async giveBack(sessionId: string): Promise<void> {
      await db.egressSession.deleteMany({ where: { id: sessionId } });
    },
  };
}
