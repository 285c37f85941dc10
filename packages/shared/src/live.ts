import { z } from 'zod';
import { clipEventSchema } from './clip.ts';
import { idSchema } from './ids.ts';
import { replayEventSchema } from './replay.ts';
import { presenceSchema } from './voice.ts';

/** What a page watches beside the caller's own clips. */
export const liveInput = z.object({ communityId: idSchema.optional(), channelId: idSchema.optional() });
export type LiveInput = z.infer<typeof liveInput>;

/** The events of `voice.events`, `replay.events` and `clip.events`, each with the name of its feed. */
export const liveEventSchema = z.discriminatedUnion('feed', [
  z.object({ feed: z.literal('presence'), communityId: idSchema, presence: presenceSchema }),
  z.object({ feed: z.literal('replay'), channelId: idSchema, event: replayEventSchema }),
  z.object({ feed: z.literal('clip'), event: clipEventSchema }),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;
