import { z } from 'zod';
import { cursorSchema, idSchema, isoTimeSchema } from '../ids.ts';
import { MAX_ROLES } from './role.ts';
import { textSchema } from '../text.ts';

/** The search text is part of a user name, in upper or lower case. */
export const nameSearchSchema = textSchema({ max: 64 });

export const memberListInput = z.object({
  communityId: idSchema,
  search: nameSearchSchema.optional(),
  /** The cursor is the `nextCursor` of the previous page. */
  cursor: cursorSchema.optional(),
  limit: z.number().int().min(1).max(100).default(50),
});
export type MemberListInput = z.infer<typeof memberListInput>;

/** The other members of a community see a member like this. */
export const memberSchema = z.object({
  userId: idSchema,
  username: z.string(),
  joinedAt: isoTimeSchema,
  /** Instance admins may do everything in the communities that they are in, whatever roles they have. */
  isInstanceAdmin: z.boolean(),
  /** The role with the most permissions comes first. */
  roles: z.array(z.object({ id: idSchema, name: z.string() })),
});
export type MemberDto = z.infer<typeof memberSchema>;

export const memberListSchema = z.object({
  items: z.array(memberSchema),
  nextCursor: z.string().nullable(),
  /** The total counts the members of all pages. */
  total: z.number().int(),
});
export type MemberList = z.infer<typeof memberListSchema>;

/** `roleIds` replaces all roles that the member had. */
export const memberUpdateInput = z.object({
  communityId: idSchema,
  userId: idSchema,
  roleIds: z.array(idSchema).max(MAX_ROLES),
});
export type MemberUpdateInput = z.infer<typeof memberUpdateInput>;

export const memberInput = z.object({ communityId: idSchema, userId: idSchema });
export type MemberInput = z.infer<typeof memberInput>;
