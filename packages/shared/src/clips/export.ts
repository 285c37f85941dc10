import { z } from 'zod';
import { idSchema, isoTimeSchema } from '../ids.ts';
import { DAY, SECOND } from '../units.ts';
import { appErrorCodeSchema } from './clip.ts';

/** Limits of chats count a megabyte as a million bytes, so that a file that fits also fits where it is counted as more. */
const MB = 1_000_000;

/** These sizes have a button each. */
export const CHAT_LIMITS_BYTES = [10 * MB, 20 * MB, 50 * MB, 100 * MB] as const;
/** An export for chat fits into this where no admin has set another size. */
export const DEFAULT_CHAT_LIMIT_BYTES = 20 * MB;
export const MAX_CHAT_LIMIT_BYTES = 4000 * MB;
export const chatLimitSchema = z.number().int().min(1).max(MAX_CHAT_LIMIT_BYTES);

/** A finished export is kept for this long. */
export const EXPORT_KEPT_MS = DAY;

/** Moving pictures (WebP, GIF) are at most this long. */
export const MAX_ANIMATION_MS = 15 * SECOND;
/** A crop is at least this large on both sides. */
const MIN_CROP = 64;

/** A crop is a rectangle of the clip's own picture, in pixels. */
const cropSchema = z.object({
  x: z.number().int().min(0),
  y: z.number().int().min(0),
  width: z.number().int().min(MIN_CROP),
  height: z.number().int().min(MIN_CROP),
});
export type Crop = z.infer<typeof cropSchema>;

/** The frame rates that an editor's project is made with. */
const EDITING_RATES = [30, 60] as const;

/** What an export is, with what one sets for it. */
export const exportOptionsSchema = z.discriminatedUnion('kind', [
  /** The file has at most this many bytes: that of the instance unless it is given. */
  z.object({ kind: z.literal('chat'), limitBytes: chatLimitSchema.optional() }),
  z.object({ kind: z.literal('sound') }),
  /** The picture that is on screen at a time, which counts from the first picture. */
  z.object({ kind: z.literal('still'), atMs: z.number().int().min(0), format: z.enum(['png', 'jpeg']) }),
  z.object({ kind: z.literal('crop'), crop: cropSchema }),
  z.object({
    kind: z.literal('editing'),
    /** The rate is constant. Without one, that of the two which the clip is nearer to is taken. */
    framesPerSecond: z.literal(EDITING_RATES, { error: 'must be 30 or 60 pictures a second' }).optional(),
    sound: z.enum(['aac', 'pcm']).default('aac'),
    /** The share's sound and each voice follow the mix in tracks of their own, where the clip has them. */
    hasSeparateTracks: z.boolean().optional(),
  }),
  z
    .object({
      kind: z.literal('animation'),
      format: z.enum(['webp', 'gif']),
      fromMs: z.number().int().min(0),
      toMs: z.number().int().min(0),
    })
    .refine(({ fromMs, toMs }) => toMs > fromMs && toMs - fromMs <= MAX_ANIMATION_MS, {
      message: `must be at most ${MAX_ANIMATION_MS / SECOND} seconds, and end after its start`,
      path: ['toMs'],
    }),
]);
export type ExportOptions = z.infer<typeof exportOptionsSchema>;
export type ExportKind = ExportOptions['kind'];

export const exportInput = z.object({ clipId: idSchema, options: exportOptionsSchema });
export type ExportInput = z.infer<typeof exportInput>;

/** How the pictures of an export look beside the clip: the same, smaller but clear, softer, or visibly poor. */
const lookSchema = z.enum(['same', 'good', 'soft', 'poor']);
export type Look = z.infer<typeof lookSchema>;

/** What comes out of an export, known before it is made. */
export const exportPlanSchema = z.object({
  kind: z.enum(['chat', 'sound', 'still', 'crop', 'editing', 'animation']),
  /** The size of the file is about this. */
  sizeBytes: z.number().int(),
  /** The file is never larger than this, which is reserved while it is made. */
  maxBytes: z.number().int(),
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  framesPerSecond: z.number().nullable(),
  hasSound: z.boolean(),
  /** So many tracks follow the mixed sound, each with one of the sounds that it was mixed of. */
  separateTracks: z.number().int().optional(),
  look: lookSchema.nullable(),
  /** The file's ending, without a dot. */
  extension: z.enum(['mp4', 'mov', 'm4a', 'png', 'jpg', 'webp', 'gif']),
});
export type ExportPlan = z.infer<typeof exportPlanSchema>;

const exportStatusSchema = z.enum(['PROCESSING', 'READY', 'FAILED']);

export const exportSchema = z.object({
  id: idSchema,
  /** It is null when the clip has been deleted since. */
  clipId: idSchema.nullable(),
  title: z.string(),
  options: exportOptionsSchema,
  status: exportStatusSchema,
  /** The progress goes from 0 to 1 while PROCESSING, and is null otherwise. It stays at 0 while others are made before. */
  progress: z.number().nullable(),
  errorCode: appErrorCodeSchema.nullable(),
  /** This says more about the error. */
  errorDetail: z.string().nullable(),
  /** This is the size of the file when READY, and the reserved size until then. */
  sizeBytes: z.number().int(),
  /** The path on our origin is null until READY. */
  downloadUrl: z.string().nullable(),
  createdAt: isoTimeSchema,
  /** The export is deleted at this time; null while it is made. */
  endsAt: isoTimeSchema.nullable(),
});
export type ExportDto = z.infer<typeof exportSchema>;

/** The picture that is on screen at a time, which counts from the first picture, becomes the clip's poster. */
export const posterInput = z.object({ clipId: idSchema, atMs: z.number().int().min(0) });
export type PosterInput = z.infer<typeof posterInput>;

export const exportIdInput = z.object({ exportId: idSchema });

/** Without a clip, the exports of all my clips are listed. The newest come first. */
export const exportListInput = z.object({ clipId: idSchema.optional() });
export const exportListSchema = z.object({
  items: z.array(exportSchema),
  /** An export for chat fits into this unless another size is chosen. */
  chatLimitBytes: z.number().int(),
});
export type ExportList = z.infer<typeof exportListSchema>;

export const exportRemovedSchema = z.object({
  freedBytes: z.number().int(),
  remainingQuotaBytes: z.number().int(),
});
export type ExportRemoved = z.infer<typeof exportRemovedSchema>;
