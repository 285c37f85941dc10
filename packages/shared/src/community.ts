import { z } from 'zod';
import { idSchema } from './ids.ts';
import { actionSchema } from './permissions.ts';

export const channelKindSchema = z.enum(['VOICE', 'TEXT']);
export type ChannelKind = z.infer<typeof channelKindSchema>;

export const nameSchema = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(80, 'must have at most 80 characters');

export const channelSchema = z.object({
  id: idSchema,
  communityId: idSchema,
  name: z.string(),
  kind: channelKindSchema,
});
export type ChannelDto = z.infer<typeof channelSchema>;

export const communitySchema = z.object({
  id: idSchema,
  name: z.string(),
  /** What the caller may do in it. */
  actions: z.array(actionSchema),
  isReplayEnabled: z.boolean(),
  channels: z.array(channelSchema),
});
export type CommunityDto = z.infer<typeof communitySchema>;
