import {
  adminCommunityListSchema,
  adminSessionInput,
  adminSessionListInput,
  adminSessionListSchema,
  adminUserListSchema,
  communityPageInput,
  communityReplaySchema,
  communityReplayUpdateInput,
  instanceSettingsSchema,
  instanceSettingsUpdateInput,
  userInput,
  userListInput,
  userQuotaListSchema,
  userQuotaSchema,
  userQuotaUpdateInput,
} from '@hindsight/shared/admin';
import { communityInput } from '@hindsight/shared/community/community';
import { z } from 'zod';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { CommunityReplayService } from './community-replay.service.ts';
import { instanceAdminProcedure } from './instance-admin-procedure.ts';
import type { Instance } from './instance.service.ts';
import type { RunningSessions } from './running-sessions.service.ts';
import type { AdminUsers } from './users.service.ts';

export interface AdminServices {
  communityReplay: CommunityReplayService;
  sessions: RunningSessions;
  users: AdminUsers;
  instance: Instance;
}

/** Makes the admin procedures: for those who run a community's replay buffer, and for those who run the server. */
export function createAdminRouter({ communityReplay, sessions, users, instance }: AdminServices) {
  return router({
    communityReplay: router({
      get: signedInProcedure
        .input(communityInput)
        .output(communityReplaySchema)
        .query(({ ctx, input }) => communityReplay.get(ctx.user, input.communityId)),

      update: signedInProcedure
        .input(communityReplayUpdateInput)
        .output(communityReplaySchema)
        .mutation(({ ctx, input }) => communityReplay.update(ctx.user, input)),
    }),

    session: router({
      list: signedInProcedure
        .input(adminSessionListInput)
        .output(adminSessionListSchema)
        .query(({ ctx, input }) => sessions.list(ctx.user, input.communityId)),

      stop: signedInProcedure
        .input(adminSessionInput)
        .output(z.object({}))
        .mutation(async ({ ctx, input }) => {
          await sessions.stop(ctx.user, input.sessionId);
          return {};
        }),
    }),

    userQuota: router({
      get: instanceAdminProcedure
        .input(userInput)
        .output(userQuotaSchema)
        .query(({ input }) => users.getQuota(input.userId)),

      update: instanceAdminProcedure
        .input(userQuotaUpdateInput)
        .output(userQuotaSchema)
        .mutation(({ input }) => users.updateQuota(input)),

      list: instanceAdminProcedure
        .input(userListInput)
        .output(userQuotaListSchema)
        .query(({ input }) => users.listQuotas(input)),
    }),

    user: router({
      list: instanceAdminProcedure
        .input(userListInput)
        .output(adminUserListSchema)
        .query(({ input }) => users.list(input)),
    }),

    community: router({
      list: instanceAdminProcedure
        .input(communityPageInput)
        .output(adminCommunityListSchema)
        .query(({ ctx, input }) => instance.communities(ctx.user, input)),
    }),

    settings: router({
      get: instanceAdminProcedure.output(instanceSettingsSchema).query(() => instance.settings()),

      update: instanceAdminProcedure
        .input(instanceSettingsUpdateInput)
        .output(instanceSettingsSchema)
        .mutation(({ input }) => instance.updateSettings(input)),
    }),
  });
}
