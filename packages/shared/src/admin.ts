import { z } from 'zod';
import { idSchema, isoTimeSchema } from './ids.ts';
import { nameSearchSchema } from './community/member.ts';
import { chatLimitSchema } from './clips/export.ts';
import { quotaSchema } from './account/quota.ts';
import { healthSchema, qualitySchema } from './replay/replay.ts';
import { GiB } from './units.ts';

export const MAX_CONCURRENT_BUFFERS = 100;
/** The largest quota is 1 PiB, which is more than any disk and still an exact number. */
export const MAX_QUOTA_BYTES = 1024 * 1024 * GiB;

/** These are the replay settings of one community. */
export const communityReplaySchema = z.object({
  communityId: idSchema,
  enabled: z.boolean(),
  /** This many of its members can be recorded at the same time. Lowering it ends no running recording. */
  maxConcurrent: z.number().int(),
  /** The default roles let their members record their own share and save clips of it. */
  membersMayReplay: z.boolean(),
  /** Its replay buffers may keep the voices of those who agree. */
  allowsVoices: z.boolean(),
  /** This many recordings of the community are running now. */
  runningCount: z.number().int(),
});
export type CommunityReplay = z.infer<typeof communityReplaySchema>;

export const communityReplayUpdateInput = z.object({
  communityId: idSchema,
  enabled: z.boolean().optional(),
  maxConcurrent: z.number().int().min(0).max(MAX_CONCURRENT_BUFFERS).optional(),
  membersMayReplay: z.boolean().optional(),
  allowsVoices: z.boolean().optional(),
});
export type CommunityReplayUpdateInput = z.infer<typeof communityReplayUpdateInput>;

const pageInput = z.object({
  /** The search text is part of a name. */
  search: nameSearchSchema.optional(),
  /** The cursor is the `nextCursor` of the previous page. */
  cursor: idSchema.optional(),
  limit: z.number().int().min(1).max(100).default(50),
});

function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable(),
    /** The total counts the items of all pages. */
    total: z.number().int(),
  });
}

export const userInput = z.object({ userId: idSchema });

export const userQuotaSchema = quotaSchema.extend({ userId: idSchema, username: z.string() });
export type UserQuota = z.infer<typeof userQuotaSchema>;

export const userQuotaUpdateInput = z.object({
  userId: idSchema,
  /** The new quota may be less than is used: nothing is deleted, but nothing more can be saved until enough is freed. */
  quotaBytes: z.number().int().min(0).max(MAX_QUOTA_BYTES),
});
export type UserQuotaUpdateInput = z.infer<typeof userQuotaUpdateInput>;

export const userListInput = pageInput.extend({
  sort: z.enum(['name', 'mostUsed', 'newest']).default('name'),
});
export type UserListInput = z.infer<typeof userListInput>;

export const userQuotaListSchema = pageOf(userQuotaSchema);
export type UserQuotaList = z.infer<typeof userQuotaListSchema>;

/** An instance admin sees an account like this. */
const adminUserSchema = z.object({
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

/** An instance admin sees a community like this, whether or not they are a member. */
const adminCommunitySchema = z.object({
  id: idSchema,
  name: z.string(),
  memberCount: z.number().int(),
  channelCount: z.number().int(),
  /** This is true when the caller is a member and can open it. */
  isMember: z.boolean(),
  createdAt: isoTimeSchema,
});
export type AdminCommunity = z.infer<typeof adminCommunitySchema>;

export const adminCommunityListSchema = pageOf(adminCommunitySchema);
export type AdminCommunityList = z.infer<typeof adminCommunityListSchema>;

/** A list of running recordings has at most this many entries. */
export const MAX_LISTED_SESSIONS = 200;

/** Without a community, the list covers the whole instance; only instance admins may ask for that. */
export const adminSessionListInput = z.object({ communityId: idSchema.optional() });

/** Those who may stop a running recording see it like this. */
const adminSessionSchema = z.object({
  id: idSchema,
  userId: idSchema,
  username: z.string(),
  communityId: idSchema.nullable(),
  communityName: z.string().nullable(),
  channelId: idSchema.nullable(),
  channelName: z.string().nullable(),
  quality: qualitySchema,
  health: healthSchema,
  /** The first frame was recorded at this time; it is null while the recording starts. */
  startedAt: isoTimeSchema.nullable(),
  /** These bytes are on disk now; what has left the replay window is not counted. */
  bufferedBytes: z.number().int(),
});
export type AdminSession = z.infer<typeof adminSessionSchema>;

export const adminSessionListSchema = z.object({
  /** The recordings that have been running longest come first. */
  items: z.array(adminSessionSchema),
  total: z.number().int(),
});
export type AdminSessionList = z.infer<typeof adminSessionListSchema>;

export const adminSessionInput = z.object({ sessionId: idSchema });

export const registrationModeSchema = z.enum(['OPEN', 'INVITE', 'CLOSED']);
export type RegistrationMode = z.infer<typeof registrationModeSchema>;

/** These settings apply to the whole instance. */
export const instanceSettingsSchema = z.object({
  registrationMode: registrationModeSchema,
  /** An export for chat fits into this many bytes unless its owner chooses another size. */
  chatLimitBytes: chatLimitSchema,
});
export const instanceSettingsUpdateInput = instanceSettingsSchema.partial();
export type InstanceSettingsUpdateInput = z.infer<typeof instanceSettingsUpdateInput>;
export type InstanceSettingsDto = z.infer<typeof instanceSettingsSchema>;
