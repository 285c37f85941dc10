import type { QuotaDto } from '@hindsight/shared/account/quota';

/** Returns how full the storage is, from 0 to 1. Clips that are being saved count. */
export function quotaFill({ quotaBytes, usedBytes, reservedBytes }: QuotaDto): number {
  return quotaBytes === 0 ? 1 : Math.min(1, (usedBytes + reservedBytes) / quotaBytes);
}
