import { z } from 'zod';
import { idSchema } from '../ids.ts';

/** A lane is one of the sounds of a clip. */
const clipLaneSchema = z.object({
  /** Whose voice it is; null for the share's own sound. */
  voice: z.object({ userId: idSchema, username: z.string(), isMine: z.boolean() }).nullable(),
  /** There is one value for each `PEAK_MS` from the clip's start, 0 (silence) to 100. */
  peaks: z.array(z.number().int()),
});
export type ClipLane = z.infer<typeof clipLaneSchema>;

export const clipLanesSchema = z.array(clipLaneSchema);
