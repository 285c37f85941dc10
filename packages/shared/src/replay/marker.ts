import { z } from 'zod';
import { idSchema, isoTimeSchema } from '../ids.ts';
import { pressMomentFields } from './press-moment.ts';
import { textSchema } from '../text.ts';

/** A buffer takes at most this many markers; more could not be told apart. */
export const MAX_MARKERS_PER_BUFFER = 100;

export const markerLabelSchema = textSchema({ min: 1, max: 60 });

/** A marker is a moment that a person marked in their own buffer. */
export const markerSchema = z.object({
  id: idSchema,
  /** The moment is in true wall-clock time. */
  at: isoTimeSchema,
  label: z.string().nullable(),
});
export type MarkerDto = z.infer<typeof markerSchema>;

export const markerCreateInput = z.object({
  channelId: idSchema,
  ...pressMomentFields,
  label: markerLabelSchema.optional(),
});
export type MarkerCreateInput = z.infer<typeof markerCreateInput>;

export const markerUpdateInput = z.object({
  markerId: idSchema,
  /** Null removes the label. */
  label: markerLabelSchema.nullable(),
});

export const markerInput = z.object({ markerId: idSchema });
