import { z } from 'zod';
import { idSchema, isoTimeSchema } from './ids.ts';
import { DAY, HOUR } from './units.ts';

/** The secret part of an invite link. */
export const inviteCodeSchema = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, 'is not an invite code');

/** The path of the page that an invite link opens. */
export const INVITE_PATH = '/invite';

/** The most invites of a community that can wait to be used. */
export const MAX_INVITES = 100;

const MAX_EXPIRY_HOURS = (365 * DAY) / HOUR;
const MAX_USES = 10_000;

export const inviteCreateInput = z.object({
  communityId: idSchema,
  /** Null: until it is revoked. */
  expiresInHours: z.number().int().min(1).max(MAX_EXPIRY_HOURS).nullable(),
  /** How many people may join by it; null: as many as like. */
  maxUses: z.number().int().min(1).max(MAX_USES).nullable(),
});
export type InviteCreateInput = z.infer<typeof inviteCreateInput>;

export const inviteSchema = z.object({
  id: idSchema,
  communityId: idSchema,
  code: inviteCodeSchema,
  /** Null when the account is gone. */
  createdByName: z.string().nullable(),
  createdAt: isoTimeSchema,
  expiresAt: isoTimeSchema.nullable(),
  maxUses: z.number().int().nullable(),
  uses: z.number().int(),
});
export type InviteDto = z.infer<typeof inviteSchema>;

export const inviteIdInput = z.object({ inviteId: idSchema });
export const inviteCodeInput = z.object({ code: inviteCodeSchema });

/** What an invite shows to whoever has its link, account or not. */
export const invitePreviewSchema = z.object({
  communityName: z.string(),
  memberCount: z.number().int(),
  /** The community's id when the caller is a member of it already. */
  joinedCommunityId: idSchema.nullable(),
});
export type InvitePreview = z.infer<typeof invitePreviewSchema>;

export const inviteAcceptedSchema = z.object({ communityId: idSchema });

/**
 * The code in what somebody pasted: the link of an invite, or its code alone.
 * @returns null when it holds none
 */
export function inviteCodeIn(pasted: string): string | null {
  const text = pasted.trim();
  const code = /\/invite\/([^/?#\s]+)/.exec(text)?.[1] ?? text;
  const parsed = inviteCodeSchema.safeParse(code);
  return parsed.success ? parsed.data : null;
}
