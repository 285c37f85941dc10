import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { ACTIONS, actionSchema } from './permissions.ts';
import { textSchema } from '../text.ts';

/** A community may have at most this many roles. */
export const MAX_ROLES = 50;

export const roleNameSchema = textSchema({ min: 1, max: 40 });

/** Duplicate actions are removed and the rest is put in order, whatever was sent. */
const actionsSchema = z
  .array(actionSchema)
  .max(ACTIONS.length)
  .transform((actions) => ACTIONS.filter((action) => actions.includes(action)));

export const roleSchema = z.object({
  id: idSchema,
  communityId: idSchema,
  name: z.string(),
  actions: z.array(actionSchema),
  /** Whoever joins is given the default roles, so they cannot be removed. */
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
