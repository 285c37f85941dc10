import { z } from 'zod';
import { clipEventSchema } from './clips/clip.ts';
import { idSchema } from './ids.ts';
import { messageEventSchema } from './chat/message.ts';
import { replayEventSchema } from './replay/replay.ts';
import { presenceSchema } from './community/voice.ts';

/** The input names what a page watches in addition to the caller's own clips, messages and communities. */
export const liveInput = z.object({
  communityId: idSchema.optional(),
  /** Recordings in these voice channels are watched: the channel in view and the one the caller is in. */
  channelIds: z.array(idSchema).max(2).default([]),
});
export type LiveInput = z.infer<typeof liveInput>;

/** The events of `voice.events`, `replay.events`, `clip.events` and `message.events` come with the name of their feed. */
const liveEventSchema = z.discriminatedUnion('feed', [
  z.object({ feed: z.literal('presence'), communityId: idSchema, presence: presenceSchema }),
  z.object({ feed: z.literal('replay'), channelId: idSchema, event: replayEventSchema }),
  z.object({ feed: z.literal('clip'), event: clipEventSchema }),
  /** One of the caller's exports has the given progress; when null, it has changed otherwise. */
  z.object({ feed: z.literal('export'), exportId: idSchema, progress: z.number().nullable() }),
  z.object({ feed: z.literal('message'), event: messageEventSchema }),
  /** A community that the caller is or was in has changed: its name, channels, roles, members or settings. */
  z.object({ feed: z.literal('community'), communityId: idSchema }),
  /**
   * Events may have been missed while the servers could not reach each other, so the client must fetch clips, messages and
   * communities again. The current presence and recordings are sent anew without being asked for.
   */
  z.object({ feed: z.literal('gap') }),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;
