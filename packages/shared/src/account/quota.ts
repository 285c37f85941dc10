import { z } from 'zod';

export const quotaSchema = z.object({
  quotaBytes: z.number().int(),
  usedBytes: z.number().int(),
  /** These bytes are reserved for captures that are not finished. */
  reservedBytes: z.number().int(),
  availableBytes: z.number().int(),
});
export type QuotaDto = z.infer<typeof quotaSchema>;
