import type { Prisma } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { z } from 'zod';

/** Newest first. Ids make the order total, so that no message is shown twice or skipped. */
export const NEWEST_FIRST = [
  { createdAt: 'desc' },
  { id: 'desc' },
] as const satisfies Prisma.MessageOrderByWithRelationInput[];

/** Where a page ended: its oldest message's place in the order. Stays true when that message is removed. */
export function encodeCursor({ createdAt, id }: { createdAt: Date; id: string }): string {
  return Buffer.from(JSON.stringify([createdAt.getTime(), id])).toString('base64url');
}

/** Times that a Date can hold. */
const MAX_TIME_MS = 8_640_000_000_000_000;
const cursorSchema = z.tuple([z.number().int().min(0).max(MAX_TIME_MS), z.uuid()]);

/**
 * The messages behind a cursor.
 * @throws AppError VALIDATION_FAILED for cursors that aren't ours
 */
export function olderThan(cursor: string): Prisma.MessageWhereInput {
  const [timeMs, id] = decodeCursor(cursor);
  const createdAt = new Date(timeMs);
  // The first condition says nothing new, but is one that the index can begin at; the OR alone isn't.
  return { createdAt: { lte: createdAt }, OR: [{ createdAt: { lt: createdAt } }, { id: { lt: id } }] };
}

function decodeCursor(cursor: string): z.infer<typeof cursorSchema> {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (error) {
    throw new AppError('VALIDATION_FAILED', { detail: 'The cursor is not valid.', cause: error });
  }
}
