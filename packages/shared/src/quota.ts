import { z } from 'zod';

export const quotaSchema = z.object({
  quotaBytes: z.number().int(),
  usedBytes: z.number().int(),
  /** Held for captures that are not finished. */
  reservedBytes: z.number().int(),
  availableBytes: z.number().int(),
});
export type QuotaDto = z.infer<typeof quotaSchema>;
