import type { Prisma, PrismaClient } from '@hindsight/db/client';
import type { CommunityReplay, CommunityReplayUpdateInput } from '@hindsight/shared/admin';
import { REPLAY_ACTIONS } from '@hindsight/shared/community/permissions';
import type { Access } from '../access/access.service.ts';
import { lockCommunity } from '../communities/admins.ts';
import type { CommunityNews } from '../communities/community-news.ts';
import { RUNNING } from '../recording/session-slots.ts';
import { hasAllActions, requireAllActions } from '../roles/role-rules.ts';
import type { PermissionEnforcement } from '../roles/permission-enforcement.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { requireReplayManager } from './replay-managers.ts';

export type CommunityReplayService = ReturnType<typeof createCommunityReplay>;

/** Reads and changes what a community allows of the replay buffer, for those who may set it. */
export function createCommunityReplay({
  db,
  access,
  news,
  enforcement,
}: {
  db: PrismaClient;
  access: Pick<Access, 'requireCommunity'>;
  news: Pick<CommunityNews, 'changed'>;
  enforcement: Pick<PermissionEnforcement, 'enforce'>;
}) {
  async function read(communityId: string): Promise<CommunityReplay> {
    await db.communityReplayConfig.createMany({ data: [{ communityId }], skipDuplicates: true });
    const [config, roles, runningCount] = await Promise.all([
      db.communityReplayConfig.findUniqueOrThrow({ where: { communityId } }),
      db.role.findMany({ where: { communityId, isDefault: true }, select: { actions: true } }),
      db.egressSession.count({ where: { communityId, status: RUNNING } }),
    ]);
    const { enabled, maxConcurrent, allowsVoices } = config;
    const given = roles.flatMap(({ actions }) => actions);
    return {
      communityId,
      enabled,
      maxConcurrent,
      membersMayReplay: hasAllActions(given, REPLAY_ACTIONS),
      allowsVoices,
      runningCount,
    };
  }

  /** Adds or removes the replay actions of the default roles. All their other actions stay. */
  async function setMembersMayReplay(
    tx: Prisma.TransactionClient,
    communityId: string,
    mayReplay: boolean,
  ): Promise<void> {
    await lockCommunity(tx, communityId);
    const roles = await tx.role.findMany({ where: { communityId, isDefault: true } });
    for (const { id, actions } of roles) {
      const others = actions.filter((action) => !REPLAY_ACTIONS.includes(action));
      await tx.role.update({
        where: { id },
        data: { actions: mayReplay ? [...others, ...REPLAY_ACTIONS] : others },
      });
    }
  }

  return {
    /**
     * Returns the community's replay settings.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async get(user: SignedInUser, communityId: string): Promise<CommunityReplay> {
      await requireReplayManager({ db, access }, user, communityId);
      return read(communityId);
    },

    /**
     * Changes the community's replay settings. Switching replay off ends its recordings; a lower limit does not. Callers
     * who let members record must be allowed to record themselves, as with every role.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async update(
      user: SignedInUser,
      { communityId, membersMayReplay, enabled, maxConcurrent, allowsVoices }: CommunityReplayUpdateInput,
    ): Promise<CommunityReplay> {
      const { actions } = await requireReplayManager({ db, access }, user, communityId);
      if (membersMayReplay !== undefined) requireAllActions(actions, REPLAY_ACTIONS);
      const config = {
        ...(enabled === undefined ? {} : { enabled }),
        ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
        ...(allowsVoices === undefined ? {} : { allowsVoices }),
      };
      await db.$transaction(async (tx) => {
        if (membersMayReplay !== undefined) await setMembersMayReplay(tx, communityId, membersMayReplay);
        // Starts lock this row, so each happens either wholly before the change, and the enforcement below finds it, or after
        // it.
        await tx.communityReplayConfig.upsert({
          where: { communityId },
          create: { communityId, ...config },
          update: config,
        });
      });
      await news.changed(communityId);
      await enforcement.enforce(communityId);
      return read(communityId);
    },
  };
}
