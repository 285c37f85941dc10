import { createSessionBuffers } from '../../buffer/session-buffers.ts';
import { createQuota } from '../../quota/quota.service.ts';
import { openRolesStage, requestOf } from '../../roles/testing/stage.ts';
import type { SignedInUser } from '../../trpc/trpc.ts';
import { createAdministration } from '../administration.ts';
import { createAdminRouter } from '../admin.router.ts';

export type AdminStage = Awaited<ReturnType<typeof openAdminStage>>;

export const DEFAULT_QUOTA_BYTES = 1000;

/** Sets up the admin procedures on top of the stage for roles and recording. */
export async function openAdminStage() {
  const stage = await openRolesStage();
  const { db, access, news, enforcement, bufferDir } = stage;
  const quota = createQuota({ db, defaultQuotaBytes: DEFAULT_QUOTA_BYTES });
  const router = createAdminRouter(
    createAdministration({
      db,
      access,
      news,
      enforcement,
      recording: stage.server.recording,
      buffers: createSessionBuffers({ bufferDir }),
      quota,
    }),
  );
  return { ...stage, quota, asAdmin: (user: SignedInUser) => router.createCaller(requestOf(user)) };
}
