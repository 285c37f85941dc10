import { z } from 'zod';
import { idSchema, isoTimeSchema } from './ids.ts';
import { pressedAgoSchema } from './pressed-ago.ts';
import { textSchema } from './text.ts';

/** As many as anybody finds their way in; more in one buffer are refused. */
export const MAX_MARKERS_PER_BUFFER = 100;

export const markerLabelSchema = textSchema({ min: 1, max: 60 });

/** A moment that its owner has marked in their own buffer. */
export const markerSchema = z.object({
  id: idSchema,
  /** True wall-clock time. */
  at: isoTimeSchema,
  label: z.string().nullable(),
});
export type MarkerDto = z.infer<typeof markerSchema>;

export const markerCreateInput = z.object({
  channelId: idSchema,
  /** Milliseconds between the press and this call, by the client's monotonic clock. */
  pressedAgoMs: pressedAgoSchema.default(0),
  label: markerLabelSchema.optional(),
});
export type MarkerCreateInput = z.infer<typeof markerCreateInput>;

export const markerUpdateInput = z.object({
  markerId: idSchema,
  /** Null takes the label off. */
  label: markerLabelSchema.nullable(),
});

export const markerInput = z.object({ markerId: idSchema });
