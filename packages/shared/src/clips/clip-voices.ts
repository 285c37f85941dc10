import { z } from 'zod';
import { cursorSchema, idSchema, isoTimeSchema } from '../ids.ts';

export const myVoiceListInput = z.object({
  cursor: cursorSchema.optional(),
  limit: z.number().int().min(1).max(100).default(20),
});
export type MyVoiceListInput = z.infer<typeof myVoiceListInput>;

/** A clip in which the caller is heard. They may not be able to watch it: it says enough to know which one it is. */
const myVoiceSchema = z.object({
  clipId: idSchema,
  title: z.string(),
  ownerName: z.string(),
  isMine: z.boolean(),
  channelName: z.string().nullable(),
  recordedAt: isoTimeSchema,
  durationMs: z.number().int(),
  /** It is attached to a message. */
  isShared: z.boolean(),
  /** It has a public link. */
  hasLink: z.boolean(),
});
export type MyVoice = z.infer<typeof myVoiceSchema>;

export const myVoiceListSchema = z.object({
  items: z.array(myVoiceSchema),
  nextCursor: z.string().nullable(),
  total: z.number().int(),
});
export type MyVoiceList = z.infer<typeof myVoiceListSchema>;

export const voiceTakenOutSchema = z.object({
  /** The voice was taken out of so many clips. */
  clips: z.number().int(),
});
export type VoiceTakenOut = z.infer<typeof voiceTakenOutSchema>;

/**
 * A source can be made this much quieter, and this much louder, than it was sent, in decibels. At the least level it isn't heard at
 * all, as at the lower end of a mixer's fader.
 */
export const LEAST_GAIN_DB = -30;
export const MOST_GAIN_DB = 12;
const gainSchema = z.number().int().min(LEAST_GAIN_DB).max(MOST_GAIN_DB);
const MAX_VOICES = 100;

/** How loud each source of a clip is in its mix, in decibels more than it was sent. */
export const clipLevelsSchema = z.object({
  shareDb: z.number().int(),
  voices: z.array(
    z.object({ userId: idSchema, username: z.string(), isMine: z.boolean(), gainDb: z.number().int() }),
  ),
});
export type ClipLevels = z.infer<typeof clipLevelsSchema>;

const voiceLevelsInput = z
  .array(z.object({ userId: idSchema, gainDb: gainSchema }))
  .max(MAX_VOICES)
  .default([]);

/** Whoever isn't named stays as they are. */
export const clipLevelsInput = z.object({
  clipId: idSchema,
  shareDb: gainSchema.optional(),
  voices: voiceLevelsInput,
});
export type ClipLevelsInput = z.infer<typeof clipLevelsInput>;

/** How loud each source is to be in a clip that is being saved. Whoever isn't named is as loud as they were sent. */
export const captureLevelsSchema = z.object({ shareDb: gainSchema.default(0), voices: voiceLevelsInput });
export type CaptureLevels = z.infer<typeof captureLevelsSchema>;
