import { z } from 'zod';
import { textSchema } from './text.ts';

/** Every id of ours is a UUID (v7, so that ids sort by age). A channel's id is also the name of its LiveKit room. */
export const idSchema = z.uuid();

/** Clients send LiveKit track SIDs. Only the shape is checked here; the server asks LiveKit whose track it is. */
export const trackSidSchema = z.string().regex(/^TR_[A-Za-z0-9_-]{1,64}$/, 'is not a LiveKit track SID');

/** The database driver writes later times in a form that PostgreSQL does not read. */
export const LATEST_TIME_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Every time is a UTC instant in ISO 8601, of the years 1970 to 9999. PostgreSQL knows no year 0. */
export const isoTimeSchema = z.iso.datetime().refine((time) => time >= '1970', 'must not be before 1970');

/** A cursor is the `nextCursor` of the page before. */
export const cursorSchema = textSchema({ max: 200 });
