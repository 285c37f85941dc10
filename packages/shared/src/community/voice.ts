import { z } from 'zod';
import { idSchema } from '../ids.ts';

export const joinInput = z.object({ channelId: idSchema });

/** livekit-client needs these to enter a channel's room. `url` is a path on our own origin unless LiveKit runs elsewhere. */
export const joinSchema = z.object({
  url: z.string(),
  token: z.string(),
  roomName: idSchema,
  identity: idSchema,
});
export type VoiceJoin = z.infer<typeof joinSchema>;

export const presenceInput = z.object({ communityId: idSchema });

const voiceParticipantSchema = z.object({
  userId: idSchema,
  username: z.string(),
  isSharing: z.boolean(),
  isRecorded: z.boolean(),
  /** Whether somebody's replay buffer keeps their voice now. */
  isVoiceKept: z.boolean(),
});
export type VoiceParticipant = z.infer<typeof voiceParticipantSchema>;

/** Presence lists who is in each voice channel of a community. Empty channels are left out. */
export const presenceSchema = z.array(
  z.object({ channelId: idSchema, participants: z.array(voiceParticipantSchema) }),
);
export type Presence = z.infer<typeof presenceSchema>;
