import { z } from 'zod';

/** Text that people write, without spaces around it; NUL is the one character that PostgreSQL keeps no text with. */
export function textSchema({ min = 0, max }: { min?: number; max: number }) {
  return z
    .string()
    .trim()
    .min(min, min === 1 ? 'must not be empty' : `must have at least ${min} characters`)
    .max(max, `must have at most ${max} characters`)
    .refine((text) => !text.includes('\0'), 'must not hold a NUL character');
}
