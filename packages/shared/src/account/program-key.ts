import { z } from 'zod';
import { idSchema, isoTimeSchema } from '../ids.ts';
import { captureSecondsSchema } from '../replay/lengths.ts';
import { textSchema } from '../text.ts';
import { DAY, HOUR } from '../units.ts';

/** An account has at most this many keys for other programs. */
export const MAX_PROGRAM_KEYS = 20;

/** Every key begins so, which scanners of published code look for. */
export const PROGRAM_KEY_PREFIX = 'hs_';

/**
 * `PRESS` saves clips of the owner's buffer, marks moments in it and asks for its state. `READ` lists and fetches the owner's
 * clips. A key can do nothing else.
 */
const programKeyScopeSchema = z.enum(['PRESS', 'READ']);
export type ProgramKeyScope = z.infer<typeof programKeyScopeSchema>;

/** The owner sees a key like this; its secret part is shown once, by `key.create`. */
export const programKeySchema = z.object({
  id: idSchema,
  name: z.string(),
  scope: programKeyScopeSchema,
  /** A press with this key that names no length saves this many seconds; null for as many as the account says. */
  pressSeconds: captureSecondsSchema.nullable(),
  createdAt: isoTimeSchema,
  /** The time is exact to a minute; it is null when the key was never used. */
  lastUsedAt: isoTimeSchema.nullable(),
  /** The key works until then, or until it is revoked. */
  expiresAt: isoTimeSchema.nullable(),
});
export type ProgramKeyDto = z.infer<typeof programKeySchema>;

export const programKeyCreateInput = z.object({
  name: textSchema({ min: 1, max: 60 }),
  scope: programKeyScopeSchema,
  pressSeconds: captureSecondsSchema.nullable().default(null),
  /** A key with the lifetime null never expires. */
  expiresInHours: z
    .number()
    .int()
    .min(1)
    .max((365 * DAY) / HOUR)
    .nullable(),
  /** The current password is checked by no rules of form, as at sign-in. */
  password: z.string().max(256),
});
export type ProgramKeyCreateInput = z.input<typeof programKeyCreateInput>;

export const createdProgramKeySchema = programKeySchema.extend({
  /** This is what programs send as `Authorization: Bearer …`. The server can't show it again. */
  key: z.string(),
});
export type CreatedProgramKey = z.infer<typeof createdProgramKeySchema>;

export const programKeyInput = z.object({ keyId: idSchema });
