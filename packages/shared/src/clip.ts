import { z } from 'zod';
import { idSchema, isoTimeSchema } from './ids.ts';
import { APP_ERRORS, type AppErrorCode } from './errors.ts';

export const titleSchema = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(120, 'must have at most 120 characters');

export const clipStatusSchema = z.enum(['PROCESSING', 'READY', 'FAILED']);
export type ClipStatus = z.infer<typeof clipStatusSchema>;

/** What a PROCESSING clip is doing: waiting for the last seconds, copying, or re-encoding. */
export const clipPhaseSchema = z.enum(['WAITING', 'WRITING', 'ENCODING']);
export type ClipPhase = z.infer<typeof clipPhaseSchema>;

const appErrorCodeSchema = z.enum(Object.keys(APP_ERRORS) as [AppErrorCode, ...AppErrorCode[]]);

export const clipSchema = z.object({
  id: idSchema,
  title: z.string(),
  channelId: idSchema.nullable(),
  channelName: z.string().nullable(),
  communityId: idSchema.nullable(),
  status: clipStatusSchema,
  phase: clipPhaseSchema.nullable(),
  /** 0 to 1 while PROCESSING, else null. */
  progress: z.number().nullable(),
  errorCode: appErrorCodeSchema.nullable(),
  canRetry: z.boolean(),
  /** True wall-clock range of the picture. */
  from: isoTimeSchema,
  to: isoTimeSchema,
  durationMs: z.number().int(),
  /** Of the file when READY, else the reserved size. */
  sizeBytes: z.number().int(),
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  videoCodec: z.string().nullable(),
  audioCodec: z.string().nullable(),
  createdAt: isoTimeSchema,
  /** Paths on our origin; null until READY. */
  videoUrl: z.string().nullable(),
  posterUrl: z.string().nullable(),
  downloadUrl: z.string().nullable(),
});
export type ClipDto = z.infer<typeof clipSchema>;

export const clipInput = z.object({ clipId: idSchema });
export const clipUpdateInput = z.object({ clipId: idSchema, title: titleSchema });

export const clipListInput = z.object({
  /** The `nextCursor` of the page before; wins over offset. */
  cursor: z.string().max(200).optional(),
  offset: z.number().int().min(0).max(1_000_000).default(0),
  limit: z.number().int().min(1).max(100).default(24),
  communityId: idSchema.optional(),
  search: z.string().trim().max(120).optional(),
  sort: z.enum(['newest', 'oldest', 'largest', 'longest']).default('newest'),
});
export type ClipListInput = z.infer<typeof clipListInput>;

export const clipListSchema = z.object({
  items: z.array(clipSchema),
  nextCursor: z.string().nullable(),
  total: z.number().int(),
  hasMore: z.boolean(),
});
export type ClipList = z.infer<typeof clipListSchema>;

export const clipRemoveSchema = z.object({
  freedBytes: z.number().int(),
  remainingQuotaBytes: z.number().int(),
});
export type ClipRemoveResult = z.infer<typeof clipRemoveSchema>;

/** What `clip.events` yields: each change of the caller's own clips. */
export const clipEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('changed'), clip: clipSchema }),
  z.object({ type: z.literal('removed'), clipId: idSchema }),
]);
export type ClipEvent = z.infer<typeof clipEventSchema>;
