import { z } from 'zod';
import { idSchema, isoTimeSchema } from '../ids.ts';
import { DAY, HOUR } from '../units.ts';

/** The code is the secret part of an invite link. */
export const inviteCodeSchema = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, 'is not an invite code');

/** An invite link opens the page at this path. */
export const INVITE_PATH = '/invite';

/** A community can have at most this many invites that can still be used. */
export const MAX_INVITES = 100;

const MAX_EXPIRY_HOURS = (365 * DAY) / HOUR;
const MAX_USES = 10_000;

export const inviteCreateInput = z.object({
  communityId: idSchema,
  /** Null means that the invite is valid until it is revoked. */
  expiresInHours: z.number().int().min(1).max(MAX_EXPIRY_HOURS).nullable(),
  /** At most this many people may join with the invite; null sets no limit. */
  maxUses: z.number().int().min(1).max(MAX_USES).nullable(),
});
export type InviteCreateInput = z.infer<typeof inviteCreateInput>;

export const inviteSchema = z.object({
  id: idSchema,
  communityId: idSchema,
  code: inviteCodeSchema,
  /** The name is null when the account has been deleted. */
  createdByName: z.string().nullable(),
  createdAt: isoTimeSchema,
  expiresAt: isoTimeSchema.nullable(),
  maxUses: z.number().int().nullable(),
  uses: z.number().int(),
});
export type InviteDto = z.infer<typeof inviteSchema>;

export const inviteIdInput = z.object({ inviteId: idSchema });
export const inviteCodeInput = z.object({ code: inviteCodeSchema });

/** A preview is what an invite shows to whoever has its link, with or without an account. */
export const invitePreviewSchema = z.object({
  communityName: z.string(),
  memberCount: z.number().int(),
  /** This is the community's id when the caller is already a member, otherwise null. */
  joinedCommunityId: idSchema.nullable(),
});
export type InvitePreview = z.infer<typeof invitePreviewSchema>;

export const inviteAcceptedSchema = z.object({ communityId: idSchema });

/**
 * Finds the code in pasted text, which may be an invite link or the code alone.
 * @returns null when the text contains no code
 */
export function inviteCodeIn(pasted: string): string | null {
  const text = pasted.trim();
  const code = /\/invite\/([^/?#\s]+)/.exec(text)?.[1] ?? text;
  const parsed = inviteCodeSchema.safeParse(code);
  return parsed.success ? parsed.data : null;
}
