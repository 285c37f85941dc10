import { z } from 'zod';
import { cursorSchema, idSchema, isoTimeSchema } from '../ids.ts';
import { APP_ERRORS, type AppErrorCode } from '../errors.ts';
import { DAY, HOUR, SECOND } from '../units.ts';
import { textSchema } from '../text.ts';

export const MAX_TITLE_LENGTH = 120;
export const titleSchema = textSchema({ min: 1, max: MAX_TITLE_LENGTH });

export const clipStatusSchema = z.enum(['PROCESSING', 'READY', 'FAILED']);

/**
 * The phase says what a PROCESSING clip is doing: waiting for its last seconds, writing the file, re-encoding, or uploading.
 */
const clipPhaseSchema = z.enum(['WAITING', 'WRITING', 'ENCODING', 'UPLOADING']);
export type ClipPhase = z.infer<typeof clipPhaseSchema>;

export const appErrorCodeSchema = z.enum(Object.keys(APP_ERRORS) as [AppErrorCode, ...AppErrorCode[]]);

/** A sprite is one image with small pictures of a clip in rows, for scrubbing. */
const spriteSchema = z.object({
  url: z.string(),
  columns: z.number().int(),
  rows: z.number().int(),
  /** The sprite has this many pictures, at most columns x rows; picture i stands for the part i / count of the clip. */
  count: z.number().int(),
});
export type Sprite = z.infer<typeof spriteSchema>;

/** A clip marker is a moment that was marked while recording. */
const clipMarkerSchema = z.object({ offsetMs: z.number().int(), label: z.string().nullable() });
export type ClipMarkerDto = z.infer<typeof clipMarkerSchema>;

export const clipSchema = z.object({
  id: idSchema,
  title: z.string(),
  channelId: idSchema.nullable(),
  channelName: z.string().nullable(),
  communityId: idSchema.nullable(),
  status: clipStatusSchema,
  phase: clipPhaseSchema.nullable(),
  /** The progress goes from 0 to 1 while PROCESSING, and is null otherwise. */
  progress: z.number().nullable(),
  errorCode: appErrorCodeSchema.nullable(),
  canRetry: z.boolean(),
  /** The range covers the clip's pictures, in true wall-clock time. */
  from: isoTimeSchema,
  to: isoTimeSchema,
  durationMs: z.number().int(),
  /** READY clips take this much of the quota, with their separate tracks; until then it is the reserved size. */
  sizeBytes: z.number().int(),
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  videoCodec: z.string().nullable(),
  audioCodec: z.string().nullable(),
  /** The names of those whose voices are in the clip, beside the share's own sound. */
  voices: z.array(z.string()).optional(),
  /** The names of those who took their voice out of the clip. */
  takenOutVoices: z.array(z.string()).optional(),
  /** The sound is being mixed anew, because of those, or of other levels. */
  isMixing: z.boolean().optional(),
  /** Some of the voices could not be mixed in, and are missing for some seconds. */
  isSoundIncomplete: z.boolean().optional(),
  /** The moment of the press; of a trim, the moment of its request. */
  pressedAt: isoTimeSchema,
  /** When the server wrote it down, which may be some time after the press. */
  createdAt: isoTimeSchema,
  /**
   * These are paths on our origin, null until READY. Each names one version of the file, so they change when the sound is
   * re-encoded for more players or the clip is trimmed in place. A path that is playing keeps working for some minutes.
   */
  videoUrl: z.string().nullable(),
  posterUrl: z.string().nullable(),
  downloadUrl: z.string().nullable(),
  /** This is a video with the share's sound and each voice as tracks of their own; null where there are none. */
  tracksUrl: z.string().nullable().optional(),
  /** The sprite is made some time after READY; it is null until then. */
  sprite: spriteSchema.nullable(),
  markers: z.array(clipMarkerSchema),
  /** This clip was cut out of that one. It is null for captures, and when the other clip has been deleted. */
  trimOfId: idSchema.nullable(),
  /** This is true while a PROCESSING or FAILED trim is meant to replace the clip it was cut from. It is gone once it has. */
  isReplacement: z.boolean().optional(),
});
export type ClipDto = z.infer<typeof clipSchema>;

export const MAX_CLIPS_AT_ONCE = 100;
export const clipsInput = z.object({ clipIds: z.array(idSchema).min(1).max(MAX_CLIPS_AT_ONCE) });

/** A deletion can be undone for this long. */
export const CLIP_UNDO_MS = 10 * SECOND;

/** The result holds the clips that were restored. */
export const clipRestoreSchema = z.object({
  clips: z.array(clipSchema),
  remainingQuotaBytes: z.number().int(),
});
export type ClipRestoreResult = z.infer<typeof clipRestoreSchema>;

/** A clip cannot be shorter than this. */
export const MIN_CLIP_MS = 500;
/** The database holds durations as integers of 32 bits. */
export const MAX_CLIP_MS = 2 ** 31 - 1;

export const clipTrimInput = z
  .object({
    clipId: idSchema,
    /** The trimmed clip starts at `fromMs` and ends at `toMs`, both counted in milliseconds from the first picture. */
    fromMs: z.number().int().min(0),
    toMs: z.number().int().max(MAX_CLIP_MS),
    /** `new` makes another clip beside the first one; `replace` shortens the first one. */
    mode: z.enum(['new', 'replace']),
    /** Without one, the title stays, with the new length if it told one. */
    title: titleSchema.optional(),
  })
  .refine(({ fromMs, toMs }) => toMs - fromMs >= MIN_CLIP_MS, {
    message: `the end must be at least ${MIN_CLIP_MS} ms after the start`,
    path: ['toMs'],
  });
export type ClipTrimInput = z.infer<typeof clipTrimInput>;

export const MAX_JOINED_CLIPS = 20;
export const clipJoinInput = z.object({
  /** The clips follow one another in this order. */
  clipIds: z
    .array(idSchema)
    .min(2)
    .max(MAX_JOINED_CLIPS)
    .refine((ids) => new Set(ids).size === ids.length, { message: 'each clip can be joined once' }),
  /** Without a title, the joined clip has that of the first, with the new length if it told one. */
  title: titleSchema.optional(),
});
export type ClipJoinInput = z.infer<typeof clipJoinInput>;

/** A link with the lifetime null never expires. */
const linkLifetimeSchema = z
  .number()
  .int()
  .min(1)
  .max((365 * DAY) / HOUR)
  .nullable();
export const linkCreateInput = z.object({ clipId: idSchema, expiresInHours: linkLifetimeSchema });
export const linkInput = z.object({ linkId: idSchema });

/** The person who made a public link sees it like this. */
export const clipLinkSchema = z.object({
  id: idSchema,
  clipId: idSchema,
  /** The link's page has this path on our origin, `/l/{token}`. */
  path: z.string(),
  createdAt: isoTimeSchema,
  expiresAt: isoTimeSchema.nullable(),
});
export type ClipLinkDto = z.infer<typeof clipLinkSchema>;

/** Tokens are base64url. */
export const publicLinkInput = z.object({ token: z.string().regex(/^[\w-]{1,64}$/) });

/** Anybody who has the link sees the clip like this, without ids of ours. */
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
  /** The cursor is the `nextCursor` of the previous page; it takes precedence over `offset`. */
  cursor: cursorSchema.optional(),
  offset: z.number().int().min(0).max(1_000_000).default(0),
  limit: z.number().int().min(1).max(100).default(24),
  communityId: idSchema.optional(),
  channelId: idSchema.optional(),
  /** Only clips that were made at or after this time are listed. */
  since: isoTimeSchema.optional(),
  /** Only clips that were made before this time are listed. */
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
  /** `clip.restore` can bring the clip back until then. It is null for a clip that was not READY and cannot be restored. */
  undoUntil: isoTimeSchema.nullable(),
});
export type ClipRemoveResult = z.infer<typeof clipRemoveSchema>;

/** `clip.events` yields these: each change of the caller's own clips. */
export const clipEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('changed'), clip: clipSchema }),
  z.object({ type: z.literal('removed'), clipId: idSchema }),
]);
export type ClipEvent = z.infer<typeof clipEventSchema>;
