import { z } from 'zod';
import { idSchema } from './ids.ts';
import { ACTIONS, actionSchema } from './permissions.ts';
import { textSchema } from './text.ts';

/** The most roles that a community may have. */
export const MAX_ROLES = 50;

export const roleNameSchema = textSchema({ min: 1, max: 40 });

/** Each action once, whatever was sent. */
const actionsSchema = z
  .array(actionSchema)
  .max(ACTIONS.length)
  .transform((actions) => ACTIONS.filter((action) => actions.includes(action)));

export const roleSchema = z.object({
  id: idSchema,
  communityId: idSchema,
  name: z.string(),
  actions: z.array(actionSchema),
  /** Given to whoever joins; can't be removed. */
  isDefault: z.boolean(),
  memberCount: z.number().int(),
});
export type RoleDto = z.infer<typeof roleSchema>;

export const roleInput = z.object({ roleId: idSchema });

export const roleCreateInput = z.object({
  communityId: idSchema,
  name: roleNameSchema,
  actions: actionsSchema,
});
export type RoleCreateInput = z.infer<typeof roleCreateInput>;

export const roleUpdateInput = z.object({
  roleId: idSchema,
  name: roleNameSchema.optional(),
  actions: actionsSchema.optional(),
});
export type RoleUpdateInput = z.infer<typeof roleUpdateInput>;
