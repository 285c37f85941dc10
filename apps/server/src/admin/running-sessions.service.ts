import type { Prisma, PrismaClient } from '@hindsight/db/client';
import { MAX_LISTED_SESSIONS, type AdminSession, type AdminSessionList } from '@hindsight/shared/admin';
import { AppError } from '@hindsight/shared/errors';
import type { SessionBuffers } from '../buffer/session-buffers.ts';
import type { Access } from '../access/access.service.ts';
import type { Recording } from '../recording/recording.ts';
import { fromStoredQuality } from '../recording/session-dto.ts';
import { RUNNING } from '../recording/session-slots.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { requireReplayManager } from './replay-managers.ts';

const SESSION_INCLUDE = {
  user: { select: { username: true } },
  community: { select: { name: true } },
  channel: { select: { name: true } },
} as const satisfies Prisma.EgressSessionInclude;

type SessionRow = Prisma.EgressSessionGetPayload<{ include: typeof SESSION_INCLUDE }>;

export type RunningSessions = ReturnType<typeof createRunningSessions>;

/** Lists the recordings that run now, and ends them, for those who may do that. */
export function createRunningSessions({
  db,
  access,
  recording,
  buffers,
}: {
  db: PrismaClient;
  access: Pick<Access, 'requireCommunity'>;
  recording: Pick<Recording, 'end'>;
  buffers: Pick<SessionBuffers, 'read'>;
}) {
  async function toDto(row: SessionRow): Promise<AdminSession> {
    const pieces = await buffers.read(row);
    return {
      id: row.id,
      userId: row.userId,
      username: row.user.username,
      communityId: row.communityId,
      communityName: row.community?.name ?? null,
      channelId: row.channelId,
      channelName: row.channel?.name ?? null,
      quality: fromStoredQuality(row.quality),
      health: row.health,
      startedAt: row.startedAt?.toISOString() ?? null,
      bufferedBytes: pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    };
  }

  /** Without a community the caller asks for all recordings, which only instance admins may see. */
  async function requireOverseer(user: SignedInUser, communityId: string | null): Promise<void> {
    if (communityId !== null) await requireReplayManager({ db, access }, user, communityId);
    else if (!user.isInstanceAdmin) throw new AppError('PERMISSION_DENIED');
  }

  return {
    /**
     * Lists the running recordings of a community; of all communities without one.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async list(user: SignedInUser, communityId: string | undefined): Promise<AdminSessionList> {
      await requireOverseer(user, communityId ?? null);
      const where = { status: RUNNING, ...(communityId === undefined ? {} : { communityId }) };
      const [total, rows] = await Promise.all([
        db.egressSession.count({ where }),
        db.egressSession.findMany({
          where,
          orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
          take: MAX_LISTED_SESSIONS,
          include: SESSION_INCLUDE,
        }),
      ]);
      return { items: await Promise.all(rows.map(toDto)), total };
    },

    /**
     * Ends somebody's recording. They are told why, and what was buffered stays theirs for the grace time.
     * @throws AppError NOT_FOUND (also for communities that the caller isn't in), PERMISSION_DENIED, SESSION_NOT_ACTIVE
     */
    async stop(user: SignedInUser, sessionId: string): Promise<void> {
      const session = await db.egressSession.findUnique({ where: { id: sessionId } });
      if (session === null || (session.communityId === null && !user.isInstanceAdmin))
        throw new AppError('NOT_FOUND');
      await requireOverseer(user, session.communityId);
      if (session.endedAt !== null) throw new AppError('SESSION_NOT_ACTIVE');
      await recording.end({ id: sessionId }, 'STOPPED_BY_ADMIN');
    },
  };
}
