import type { Prisma } from '@hindsight/db/client';
import { MAX_CLIP_MS, type ClipListInput } from '@hindsight/shared/clips/clip';
import { AppError } from '@hindsight/shared/errors';
import { LATEST_TIME_MS } from '@hindsight/shared/ids';
import { z } from 'zod';

type Sort = ClipListInput['sort'];
type SortedRow = { id: string; pressedAt: Date; sizeBytes: bigint; durationMs: number };

interface SortRule {
  field: 'pressedAt' | 'sizeBytes' | 'durationMs';
  direction: 'asc' | 'desc';
}

/** The database's columns hold no larger values. */
const LARGEST: Record<SortRule['field'], bigint> = {
  pressedAt: BigInt(LATEST_TIME_MS),
  sizeBytes: 2n ** 63n - 1n,
  durationMs: BigInt(MAX_CLIP_MS),
};

const SORT_RULES: Record<Sort, SortRule> = {
  newest: { field: 'pressedAt', direction: 'desc' },
  oldest: { field: 'pressedAt', direction: 'asc' },
  largest: { field: 'sizeBytes', direction: 'desc' },
  longest: { field: 'durationMs', direction: 'desc' },
};

/** Returns the order of a list. Ids make it total, so that no clip is shown twice or skipped. */
export function pageOrder(sort: Sort): Prisma.ReplayClipOrderByWithRelationInput[] {
  const { field, direction } = SORT_RULES[sort];
  return [{ [field]: direction }, { id: direction }];
}

/** Encodes where a page ended: the last clip's place in the order. The cursor stays valid when that clip is deleted. */
export function encodeCursor(sort: Sort, row: SortedRow): string {
  const value = row[SORT_RULES[sort].field];
  const text = value instanceof Date ? value.getTime().toString() : value.toString();
  return Buffer.from(JSON.stringify([sort, text, row.id])).toString('base64url');
}

const cursorSchema = z.tuple([z.string(), z.string().regex(/^\d{1,19}$/), z.uuid()]);

/**
 * Selects the clips behind a cursor.
 * @throws AppError VALIDATION_FAILED for cursors that aren't ours, or of another order
 */
export function afterCursor(sort: Sort, cursor: string): Prisma.ReplayClipWhereInput {
  const { field, direction } = SORT_RULES[sort];
  const [cursorSort, text, id] = decodeCursor(cursor);
  if (cursorSort !== sort)
    throw new AppError('VALIDATION_FAILED', { detail: 'The cursor belongs to another sort order.' });
  if (BigInt(text) > LARGEST[field])
    throw new AppError('VALIDATION_FAILED', { detail: 'The cursor is not valid.' });
  const value =
    field === 'pressedAt' ? new Date(Number(text)) : field === 'sizeBytes' ? BigInt(text) : Number(text);
  const beyond = direction === 'desc' ? 'lt' : 'gt';
  return {
    // This bound is implied by the next line, but an index can only begin at a plain bound.
    [field]: { [`${beyond}e`]: value },
    OR: [{ [field]: { [beyond]: value } }, { [field]: value, id: { [beyond]: id } }],
  };
}

function decodeCursor(cursor: string): z.infer<typeof cursorSchema> {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (error) {
    throw new AppError('VALIDATION_FAILED', { detail: 'The cursor is not valid.', cause: error });
  }
}

/** Selects the clips of a list: those that aren't removed and match the filters. */
export function listedClips(
  input: Pick<ClipListInput, 'communityId' | 'channelId' | 'since' | 'until' | 'search'>,
): Prisma.ReplayClipWhereInput {
  const { communityId, channelId, since, until, search } = input;
  return {
    removedAt: null,
    ...(communityId === undefined ? {} : { communityId }),
    ...(channelId === undefined ? {} : { channelId }),
    ...(since === undefined && until === undefined
      ? {}
      : {
          pressedAt: {
            ...(since === undefined ? {} : { gte: new Date(since) }),
            ...(until === undefined ? {} : { lt: new Date(until) }),
          },
        }),
    ...titleContains(search),
  };
}

/** Matches a part of the title, case-insensitively. The wildcards of LIKE are escaped. */
function titleContains(search: string | undefined): Prisma.ReplayClipWhereInput {
  if (search === undefined || search === '') return {};
  return { title: { contains: search.replaceAll(/[\\%_]/g, String.raw`\$&`), mode: 'insensitive' } };
}
