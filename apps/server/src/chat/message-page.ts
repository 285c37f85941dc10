import type { Prisma } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { LATEST_TIME_MS } from '@hindsight/shared/ids';
import { z } from 'zod';

/** Messages are listed newest first. Ids make the order total, so that no message is shown twice or skipped. */
export const NEWEST_FIRST = [
  { createdAt: 'desc' },
  { id: 'desc' },
] as const satisfies Prisma.MessageOrderByWithRelationInput[];

/**
 * Encodes where a page ended, as the time and id of its oldest message. The cursor stays valid when that message is
 * removed.
 */
export function encodeCursor({ createdAt, id }: { createdAt: Date; id: string }): string {
  return Buffer.from(JSON.stringify([createdAt.getTime(), id])).toString('base64url');
}

const cursorSchema = z.tuple([z.number().int().min(0).max(LATEST_TIME_MS), z.uuid()]);

/**
 * Returns the filter for the messages after a cursor, which are older.
 * @throws AppError VALIDATION_FAILED for invalid cursors
 */
export function olderThan(cursor: string): Prisma.MessageWhereInput {
  const [timeMs, id] = decodeCursor(cursor);
  const createdAt = new Date(timeMs);
  // The first condition is redundant, but an index scan can start at it; it can't at the OR alone.
  return { createdAt: { lte: createdAt }, OR: [{ createdAt: { lt: createdAt } }, { id: { lt: id } }] };
}

function decodeCursor(cursor: string): z.infer<typeof cursorSchema> {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (error) {
    throw new AppError('VALIDATION_FAILED', { detail: 'The cursor is not valid.', cause: error });
  }
}
