import { z } from 'zod';
import { idSchema, isoTimeSchema } from './ids.ts';
import { MAX_ROLES } from './role.ts';
import { textSchema } from './text.ts';

/** Part of a user name, however it is written. */
export const nameSearchSchema = textSchema({ max: 64 });

export const memberListInput = z.object({
  communityId: idSchema,
  search: nameSearchSchema.optional(),
  /** The `nextCursor` of the page before. */
  cursor: z.string().max(200).optional(),
  limit: z.number().int().min(1).max(100).default(50),
});
export type MemberListInput = z.infer<typeof memberListInput>;

/** Somebody in a community, as its other members see them. */
export const memberSchema = z.object({
  userId: idSchema,
  username: z.string(),
  joinedAt: isoTimeSchema,
  /** Instance admins may do everything in the communities that they are in, whatever their roles. */
  isInstanceAdmin: z.boolean(),
  /** The most powerful role first. */
  roles: z.array(z.object({ id: idSchema, name: z.string() })),
});
export type MemberDto = z.infer<typeof memberSchema>;

export const memberListSchema = z.object({
  items: z.array(memberSchema),
  nextCursor: z.string().nullable(),
  /** Of all pages. */
  total: z.number().int(),
});
export type MemberList = z.infer<typeof memberListSchema>;

/** All the roles that the member has from now on. */
export const memberUpdateInput = z.object({
  communityId: idSchema,
  userId: idSchema,
  roleIds: z.array(idSchema).max(MAX_ROLES),
});
export type MemberUpdateInput = z.infer<typeof memberUpdateInput>;

export const memberInput = z.object({ communityId: idSchema, userId: idSchema });
export type MemberInput = z.infer<typeof memberInput>;
