import { z } from 'zod';

/**
 * Returns a schema for text that people write; spaces around it are removed. NUL is refused because PostgreSQL cannot store it,
 * and halves of characters because UTF-8 cannot.
 */
export function textSchema({ min = 0, max }: { min?: number; max: number }) {
  return z
    .string()
    .trim()
    .min(min, min === 1 ? 'must not be empty' : `must have at least ${min} characters`)
    .max(max, `must have at most ${max} characters`)
    .refine((text) => !text.includes('\0'), 'must not hold a NUL character')
    .refine((text) => text.isWellFormed(), 'must hold whole characters only');
}
