import { z } from 'zod';
import { idSchema, isoTimeSchema } from '../ids.ts';
import { inviteCodeSchema } from '../community/invite.ts';
import { textSchema } from '../text.ts';

export const usernameSchema = z
  .string()
  .trim()
  .min(2, 'must have at least 2 characters')
  .max(32, 'must have at most 32 characters')
  .regex(/^[\p{L}\p{N}_.-]+$/u, 'may hold letters, digits, and . _ -');

export const passwordSchema = z
  .string()
  .min(8, 'must have at least 8 characters')
  .max(256, 'must have at most 256 characters');

export const registerInput = z.object({
  username: usernameSchema,
  password: passwordSchema,
  /** The new account joins the community of this invite. It is required where accounts are by invite only. */
  inviteCode: inviteCodeSchema.optional(),
});
export type RegisterInput = z.infer<typeof registerInput>;

/** Sign-in applies no rules of form: a password that today's rules would refuse must still work. */
export const loginInput = z.object({ username: textSchema({ max: 256 }), password: z.string().max(256) });
export type LoginInput = z.infer<typeof loginInput>;

/** The current password is checked by no rules of form, as at sign-in. */
export const updatePasswordInput = z.object({
  current: z.string().max(256),
  new: passwordSchema,
  /** Keys for other programs keep working unless this is true. */
  revokeKeys: z.boolean().default(false),
});
export type UpdatePasswordInput = z.infer<typeof updatePasswordInput>;

export const logoutInput = z.object({
  /** Keys for other programs keep working unless this is true. */
  revokeKeys: z.boolean().default(false),
});

export const userSchema = z.object({
  id: idSchema,
  username: z.string(),
  isInstanceAdmin: z.boolean(),
  createdAt: isoTimeSchema,
});
export type UserDto = z.infer<typeof userSchema>;

export const authStatusSchema = z.object({
  user: userSchema.nullable(),
  /** This is true until the first account exists; that account becomes the instance admin. */
  isFirstAccount: z.boolean(),
  registration: z.enum(['open', 'invite', 'closed']),
});
export type AuthStatus = z.infer<typeof authStatusSchema>;
