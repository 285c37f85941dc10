import type { Action } from '@hindsight/shared/community/permissions';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createAccess } from '../../access/access.service.ts';
import { createCommunityNews } from '../../communities/community-news.ts';
import { createDeparture } from '../../communities/departure.ts';
import { createLog } from '../../log.ts';
import { openStage as openRecordingStage } from '../../recording/testing/stage.ts';
import type { RequestContext, SignedInUser } from '../../trpc/trpc.ts';
import { createMemberRouter } from '../member.router.ts';
import { createMembers } from '../members.service.ts';
import { createRoleRouter } from '../role.router.ts';
import { createRoles } from '../roles.service.ts';
import { createPermissionEnforcement } from '../permission-enforcement.ts';

export type RolesStage = Awaited<ReturnType<typeof openRolesStage>>;

/** Makes the context that a router gets for a person's request. */
export function requestOf(user: SignedInUser): RequestContext {
  // These procedures read neither the request nor the reply.
  return { user, key: null, request: {} as FastifyRequest, reply: {} as FastifyReply };
}

/** Sets up roles and members on top of the recording stage: a real database, and LiveKit and recorder that tests control. */
export async function openRolesStage() {
  const stage = await openRecordingStage();
  const { db, events, livekit } = stage;
  const server = stage.startProcess();
  const log = createLog({ level: 'silent' });
  const access = createAccess({ db });
  const news = createCommunityNews({ db, events });
  const { recording } = server;
  const enforcement = createPermissionEnforcement({ db, recording, livekit, log });
  const departure = createDeparture({ db, recording, livekit, log });
  const roles = createRoles({ db, access, news, enforcement });
  const members = createMembers({ db, access, news, enforcement, departure });
  const roleRouter = createRoleRouter({ roles });
  const memberRouter = createMemberRouter({ members });

  return {
    ...stage,
    server,
    access,
    news,
    enforcement,

    /** Returns the procedures as this person calls them. */
    as: (user: SignedInUser) => ({
      role: roleRouter.createCaller(requestOf(user)),
      member: memberRouter.createCaller(requestOf(user)),
    }),

    /** Makes an account of an instance admin who is in no community. */
    async createInstanceAdmin(): Promise<SignedInUser> {
      const user = { ...(await stage.createUser(null)), isInstanceAdmin: true };
      await db.user.update({ where: { id: user.id }, data: { isInstanceAdmin: true } });
      return user;
    },

    /** Makes another role, and gives it to a member. */
    async addRole(
      communityId: string,
      { actions, userId, ...role }: { name: string; actions: Action[]; isDefault?: boolean; userId?: string },
    ) {
      const { id } = await db.role.create({ data: { communityId, actions, ...role } });
      if (userId !== undefined) await db.memberRole.create({ data: { communityId, userId, roleId: id } });
      return id;
    },

    identitiesIn: async (room: string) => (await livekit.participants(room)).map(({ identity }) => identity),

    /** Returns who is told of changes in the community while the work runs. */
    async toldDuring(communityId: string, work: () => Promise<unknown>): Promise<string[]> {
      const told: string[] = [];
      const stop = events.listen('community', (event) => {
        if (event.communityId === communityId) told.push(...event.memberIds);
      });
      await work();
      stop();
      return told;
    },
  };
}
