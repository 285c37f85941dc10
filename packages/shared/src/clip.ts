import { z } from 'zod';
import { idSchema, isoTimeSchema } from './ids.ts';
import { APP_ERRORS, type AppErrorCode } from './errors.ts';
import { DAY, HOUR, SECOND } from './units.ts';
import { textSchema } from './text.ts';

export const titleSchema = textSchema({ min: 1, max: 120 });

export const clipStatusSchema = z.enum(['PROCESSING', 'READY', 'FAILED']);
export type ClipStatus = z.infer<typeof clipStatusSchema>;

/** What a PROCESSING clip is doing: waiting for the last seconds, copying, or re-encoding. */
export const clipPhaseSchema = z.enum(['WAITING', 'WRITING', 'ENCODING', 'UPLOADING']);
export type ClipPhase = z.infer<typeof clipPhaseSchema>;

const appErrorCodeSchema = z.enum(Object.keys(APP_ERRORS) as [AppErrorCode, ...AppErrorCode[]]);

/** One picture that holds small pictures of a clip, row by row, for scrubbing. */
export const spriteSchema = z.object({
  url: z.string(),
  columns: z.number().int(),
  rows: z.number().int(),
  /** Pictures in it, at most columns x rows, spread evenly over the clip: picture i stands for i / count of it. */
  count: z.number().int(),
});
export type Sprite = z.infer<typeof spriteSchema>;

/** A moment that was marked while recording. */
export const clipMarkerSchema = z.object({ offsetMs: z.number().int(), label: z.string().nullable() });
export type ClipMarkerDto = z.infer<typeof clipMarkerSchema>;

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
  /** The moment of the press; of a trim, the moment of its request. */
  pressedAt: isoTimeSchema,
  /** When the server wrote it down, which may be some time after the press. */
  createdAt: isoTimeSchema,
  /**
   * Paths on our origin; null until READY. They name one version of the file: when sound is made ready for more players,
   * or the clip is trimmed in place, they change. A player that is playing goes on with the path it has, for minutes.
   */
  videoUrl: z.string().nullable(),
  posterUrl: z.string().nullable(),
  downloadUrl: z.string().nullable(),
  /** Null until it is made, some time after READY. */
  sprite: spriteSchema.nullable(),
  markers: z.array(clipMarkerSchema),
  /** The clip that this one is cut out of; null for captures, and when that one is gone. */
  trimOfId: idSchema.nullable(),
  /** While PROCESSING or FAILED: it will take the place of the clip that it is cut out of, and then is gone itself. */
  isReplacement: z.boolean().optional(),
});
export type ClipDto = z.infer<typeof clipSchema>;

export const MAX_CLIPS_AT_ONCE = 100;
export const clipsInput = z.object({ clipIds: z.array(idSchema).min(1).max(MAX_CLIPS_AT_ONCE) });

/** How long a deletion can be undone. */
export const CLIP_UNDO_MS = 10 * SECOND;

/** The clips that are back. */
export const clipRestoreSchema = z.object({
  clips: z.array(clipSchema),
  remainingQuotaBytes: z.number().int(),
});
export type ClipRestoreResult = z.infer<typeof clipRestoreSchema>;

/** A shorter clip than this is no clip. */
export const MIN_CLIP_MS = 500;

export const clipTrimInput = z
  .object({
    clipId: idSchema,
    /** Milliseconds from the clip's first picture; what is shown first and where it ends. */
    fromMs: z.number().int().min(0),
    toMs: z.number().int().min(0),
    /** Another clip beside the first, or the first one made shorter. */
    mode: z.enum(['new', 'replace']),
    title: titleSchema.optional(),
  })
  .refine(({ fromMs, toMs }) => toMs - fromMs >= MIN_CLIP_MS, {
    message: `the end must be at least ${MIN_CLIP_MS} ms after the start`,
    path: ['toMs'],
  });
export type ClipTrimInput = z.infer<typeof clipTrimInput>;

/** Null: the link never expires. */
export const linkLifetimeSchema = z
  .number()
  .int()
  .min(1)
  .max((365 * DAY) / HOUR)
  .nullable();
export const linkCreateInput = z.object({ clipId: idSchema, expiresInHours: linkLifetimeSchema });
export const linkInput = z.object({ linkId: idSchema });

/** A public link as its maker sees it. */
export const clipLinkSchema = z.object({
  id: idSchema,
  clipId: idSchema,
  /** Path of the page on our origin, `/l/{token}`. */
  path: z.string(),
  createdAt: isoTimeSchema,
  expiresAt: isoTimeSchema.nullable(),
});
export type ClipLinkDto = z.infer<typeof clipLinkSchema>;

/** A token is base64url. */
export const publicLinkInput = z.object({ token: z.string().regex(/^[\w-]{1,64}$/) });

/** What anybody who has the link sees; no ids of ours. */
export const publicClipSchema = z.object({
  title: z.string(),
  ownerName: z.string(),
  durationMs: z.number().int(),
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  pressedAt: isoTimeSchema,
  expiresAt: isoTimeSchema.nullable(),
  videoUrl: z.string(),
  posterUrl: z.string().nullable(),
  downloadUrl: z.string(),
});
export type PublicClip = z.infer<typeof publicClipSchema>;

export const clipInput = z.object({ clipId: idSchema });
export const clipUpdateInput = z.object({ clipId: idSchema, title: titleSchema });

export const clipListInput = z.object({
  /** The `nextCursor` of the page before; wins over offset. */
  cursor: z.string().max(200).optional(),
  offset: z.number().int().min(0).max(1_000_000).default(0),
  limit: z.number().int().min(1).max(100).default(24),
  communityId: idSchema.optional(),
  channelId: idSchema.optional(),
  /** Made at or after this time. */
  since: isoTimeSchema.optional(),
  /** Made before this time. */
  until: isoTimeSchema.optional(),
  search: textSchema({ max: 120 }).optional(),
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
  /** Until when `clip.restore` brings it back; null when it can't be (a clip that wasn't READY). */
  undoUntil: isoTimeSchema.nullable(),
});
export type ClipRemoveResult = z.infer<typeof clipRemoveSchema>;

/** What `clip.events` yields: each change of the caller's own clips. */
export const clipEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('changed'), clip: clipSchema }),
  z.object({ type: z.literal('removed'), clipId: idSchema }),
]);
export type ClipEvent = z.infer<typeof clipEventSchema>;
