import { z } from 'zod';
import { idSchema, isoTimeSchema } from '../ids.ts';

/** What an account says to its voice in other people's replay buffers. `ASK` means no until a question is answered with yes. */
export const voiceConsentSchema = z.enum(['ALWAYS', 'ASK', 'NEVER']);
export type VoiceConsent = z.infer<typeof voiceConsentSchema>;

/** The answer is that of one membership. It counts more than what the account says, because it is the more exact one. */
const voiceAnswerSchema = z.object({
  communityId: idSchema,
  /** The answer is null until there is one. */
  mayKeepVoice: z.boolean().nullable(),
  /** Whether the community allows that voices are kept. */
  isAllowed: z.boolean(),
});

/** The caller sees everything that decides about their voice like this. */
export const voiceConsentStateSchema = z.object({
  voiceConsent: voiceConsentSchema,
  /** Whether the caller's own replay buffer keeps their microphone. */
  keepsOwnVoice: z.boolean(),
  /** This is false when the server's recorder can't keep voices. */
  isSupported: z.boolean(),
  /** There is an entry for each community that the caller is in. */
  communities: z.array(voiceAnswerSchema),
});
export type VoiceConsentState = z.infer<typeof voiceConsentStateSchema>;

export const voiceConsentUpdateInput = z.object({
  /** Another value than before makes the account forget its answers in all communities. */
  voiceConsent: voiceConsentSchema.optional(),
  keepsOwnVoice: z.boolean().optional(),
});
export type VoiceConsentUpdateInput = z.infer<typeof voiceConsentUpdateInput>;

export const voiceAnswerInput = z.object({ communityId: idSchema, mayKeepVoice: z.boolean() });
export type VoiceAnswerInput = z.infer<typeof voiceAnswerInput>;

/** Somebody whose voice a replay buffer keeps now. */
export const keptVoiceSchema = z.object({ userId: idSchema, username: z.string() });

/** A stretch of time in which a replay buffer kept somebody's voice, also if it was deleted from the buffer afterwards. */
export const voiceStretchSchema = keptVoiceSchema.extend({
  from: isoTimeSchema,
  /** The end is null while the voice is kept. */
  to: isoTimeSchema.nullable(),
});

/**
 * Returns whether somebody has agreed that other people's replay buffers keep their voice; null while they have to be asked,
 * which counts as no.
 */
export function agreedToVoice({
  voiceConsent,
  mayKeepVoice,
}: {
  voiceConsent: VoiceConsent;
  mayKeepVoice: boolean | null;
}): boolean | null {
  if (mayKeepVoice !== null) return mayKeepVoice;
  return voiceConsent === 'ASK' ? null : voiceConsent === 'ALWAYS';
}
