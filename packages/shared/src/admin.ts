import { z } from 'zod';
import { idSchema, isoTimeSchema } from './ids.ts';
import { nameSearchSchema } from './member.ts';
import { quotaSchema } from './quota.ts';
import { healthSchema, qualitySchema } from './replay.ts';
import { GiB } from './units.ts';

export const MAX_CONCURRENT_BUFFERS = 100;
/** 1 PiB: more than any disk, and still an exact number. */
export const MAX_QUOTA_BYTES = 1024 * 1024 * GiB;

/** What a community allows of the replay buffer. */
export const communityReplaySchema = z.object({
  communityId: idSchema,
  enabled: z.boolean(),
  /** How many of its members can be recorded at the same time. Lowering it ends no recording. */
  maxConcurrent: z.number().int(),
  /** The roles that everybody gets let record one's own share and save clips of it. */
  membersMayReplay: z.boolean(),
  /** Recordings that hold a slot now. */
  runningCount: z.number().int(),
});
export type CommunityReplay = z.infer<typeof communityReplaySchema>;

export const communityReplayUpdateInput = z.object({
  communityId: idSchema,
  enabled: z.boolean().optional(),
  maxConcurrent: z.number().int().min(0).max(MAX_CONCURRENT_BUFFERS).optional(),
  membersMayReplay: z.boolean().optional(),
});
export type CommunityReplayUpdateInput = z.infer<typeof communityReplayUpdateInput>;

const pageInput = z.object({
  /** Part of a name. */
  search: nameSearchSchema.optional(),
  /** The `nextCursor` of the page before. */
  cursor: idSchema.optional(),
  limit: z.number().int().min(1).max(100).default(50),
});

function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable(),
    /** Of all pages. */
    total: z.number().int(),
  });
}

export const userInput = z.object({ userId: idSchema });

export const userQuotaSchema = quotaSchema.extend({ userId: idSchema, username: z.string() });
export type UserQuota = z.infer<typeof userQuotaSchema>;

export const userQuotaUpdateInput = z.object({
  userId: idSchema,
  /** May be less than is used: nothing is deleted, and nothing more can be saved until enough is. */
  quotaBytes: z.number().int().min(0).max(MAX_QUOTA_BYTES),
});
export type UserQuotaUpdateInput = z.infer<typeof userQuotaUpdateInput>;

export const userListInput = pageInput.extend({
  sort: z.enum(['name', 'mostUsed', 'newest']).default('name'),
});
export type UserListInput = z.infer<typeof userListInput>;

export const userQuotaListSchema = pageOf(userQuotaSchema);
export type UserQuotaList = z.infer<typeof userQuotaListSchema>;

/** An account as the instance admin sees it. */
export const adminUserSchema = z.object({
  id: idSchema,
  username: z.string(),
  isInstanceAdmin: z.boolean(),
  createdAt: isoTimeSchema,
  communityCount: z.number().int(),
  quota: quotaSchema,
});
export type AdminUser = z.infer<typeof adminUserSchema>;

export const adminUserListSchema = pageOf(adminUserSchema);
export type AdminUserList = z.infer<typeof adminUserListSchema>;

export const communityPageInput = pageInput;
export type CommunityPageInput = z.infer<typeof communityPageInput>;

/** A community as the instance admin sees it, member of it or not. */
export const adminCommunitySchema = z.object({
  id: idSchema,
  name: z.string(),
  memberCount: z.number().int(),
  channelCount: z.number().int(),
  /** Whether the asker can open it. */
  isMember: z.boolean(),
  createdAt: isoTimeSchema,
});
export type AdminCommunity = z.infer<typeof adminCommunitySchema>;

export const adminCommunityListSchema = pageOf(adminCommunitySchema);
export type AdminCommunityList = z.infer<typeof adminCommunityListSchema>;

/** The most running recordings that are listed at once. */
export const MAX_LISTED_SESSIONS = 200;

/** Without a community: of the whole instance, for its admins. */
export const adminSessionListInput = z.object({ communityId: idSchema.optional() });

/** A running recording as whoever may stop it sees it. */
export const adminSessionSchema = z.object({
  id: idSchema,
  userId: idSchema,
  username: z.string(),
  communityId: idSchema.nullable(),
  communityName: z.string().nullable(),
  channelId: idSchema.nullable(),
  channelName: z.string().nullable(),
  quality: qualitySchema,
  health: healthSchema,
  /** First recorded frame; null while it starts. */
  startedAt: isoTimeSchema.nullable(),
  /** On disk now; what has left the window is not counted. */
  bufferedBytes: z.number().int(),
});
export type AdminSession = z.infer<typeof adminSessionSchema>;

export const adminSessionListSchema = z.object({
  /** Longest running first. */
  items: z.array(adminSessionSchema),
  total: z.number().int(),
});
export type AdminSessionList = z.infer<typeof adminSessionListSchema>;

export const adminSessionInput = z.object({ sessionId: idSchema });

export const registrationModeSchema = z.enum(['OPEN', 'INVITE', 'CLOSED']);
export type RegistrationMode = z.infer<typeof registrationModeSchema>;

/** What holds for the whole instance. */
export const instanceSettingsSchema = z.object({ registrationMode: registrationModeSchema });
export type InstanceSettingsDto = z.infer<typeof instanceSettingsSchema>;
