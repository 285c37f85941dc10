import { z } from 'zod';
import { clipEventSchema } from './clip.ts';
import { idSchema } from './ids.ts';
import { messageEventSchema } from './message.ts';
import { replayEventSchema } from './replay.ts';
import { presenceSchema } from './voice.ts';

/** What a page watches beside the caller's own clips, messages and communities. */
export const liveInput = z.object({
  communityId: idSchema.optional(),
  /** Voice channels whose recordings are watched: the one in view and the one the caller is in. */
  channelIds: z.array(idSchema).max(2).default([]),
});
export type LiveInput = z.infer<typeof liveInput>;

/** The events of `voice.events`, `replay.events`, `clip.events` and `message.events`, each with the name of its feed. */
export const liveEventSchema = z.discriminatedUnion('feed', [
  z.object({ feed: z.literal('presence'), communityId: idSchema, presence: presenceSchema }),
  z.object({ feed: z.literal('replay'), channelId: idSchema, event: replayEventSchema }),
  z.object({ feed: z.literal('clip'), event: clipEventSchema }),
  z.object({ feed: z.literal('message'), event: messageEventSchema }),
  /** Something of a community that the caller is or was in has changed: its name, channels, roles, members or settings. */
  z.object({ feed: z.literal('community'), communityId: idSchema }),
  /**
   * Changes may have been missed while the servers could not hear each other: clips, messages and communities must be asked
   * for anew. Presence and recordings are told as they are now.
   */
  z.object({ feed: z.literal('gap') }),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;
