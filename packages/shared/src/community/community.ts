import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { actionSchema } from './permissions.ts';
import { textSchema } from '../text.ts';

const channelKindSchema = z.enum(['VOICE', 'TEXT']);
export type ChannelKind = z.infer<typeof channelKindSchema>;

/** A community may have at most this many channels, of both kinds together. */
export const MAX_CHANNELS = 200;

export const nameSchema = textSchema({ min: 1, max: 80 });

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
  /** The caller may do these things in the community. */
  actions: z.array(actionSchema),
  isReplayEnabled: z.boolean(),
  memberCount: z.number().int(),
  /** The channels are in the order in which they are shown; each kind is a list of its own. */
  channels: z.array(channelSchema),
});
export type CommunityDto = z.infer<typeof communitySchema>;

export const communityInput = z.object({ communityId: idSchema });

export const communityCreateInput = z.object({ name: nameSchema });
export type CommunityCreateInput = z.infer<typeof communityCreateInput>;

export const communityUpdateInput = z.object({ communityId: idSchema, name: nameSchema });
export type CommunityUpdateInput = z.infer<typeof communityUpdateInput>;

export const channelCreateInput = z.object({
  communityId: idSchema,
  name: nameSchema,
  kind: channelKindSchema,
});
export type ChannelCreateInput = z.infer<typeof channelCreateInput>;

export const channelUpdateInput = z.object({
  channelId: idSchema,
  name: nameSchema.optional(),
  /** The position counts from 0 among the channels of its kind; a position past the end means last. */
  position: z
    .number()
    .int()
    .min(0)
    .max(MAX_CHANNELS - 1)
    .optional(),
});
export type ChannelUpdateInput = z.infer<typeof channelUpdateInput>;
