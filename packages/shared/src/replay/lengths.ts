import { z } from 'zod';
import { DAY, MINUTE, SECOND } from '../units.ts';

/** A press may ask for any length in whole seconds; it gets what is buffered of it, and no buffer keeps more than a day. */
export const captureSecondsSchema = z
  .number()
  .int()
  .min(1)
  .max(DAY / SECOND);

/** So many lengths have a button of their own. */
export const MAX_LENGTH_BUTTONS = 5;

/** The lengths that a person saves with one press. */
export const pressLengthsSchema = z.object({
  /** A press that names no length saves this much. */
  defaultSeconds: captureSecondsSchema,
  /** These lengths have a button each, the shortest first. */
  buttonSeconds: z
    .array(captureSecondsSchema)
    .min(1)
    .max(MAX_LENGTH_BUTTONS)
    .transform((lengths) => [...new Set(lengths)].toSorted((a, b) => a - b)),
});
export type PressLengths = z.infer<typeof pressLengthsSchema>;

export const pressLengthsUpdateInput = pressLengthsSchema.partial();
export type PressLengthsUpdate = z.infer<typeof pressLengthsUpdateInput>;

/** Accounts begin with these lengths. */
export const DEFAULT_PRESS_LENGTHS: PressLengths = {
  defaultSeconds: (5 * MINUTE) / SECOND,
  buttonSeconds: [1, 2, 5, 10].map((minutes) => (minutes * MINUTE) / SECOND),
};
