import type { QuotaDto } from '@hindsight/shared/account/quota';
import { GiB } from '@hindsight/shared/units';

const NEARLY_FULL = 0.85;
const FULL = 0.98;

/** Tells how full somebody's storage is. Clips that are being saved count. */
export function quotaUsage({ quotaBytes, usedBytes, reservedBytes }: Omit<QuotaDto, 'availableBytes'>): {
  usedBytes: number;
  /** The fill goes from 0 to 1. */
  fill: number;
  tone: 'teal' | 'yellow' | 'red';
  /** More is used than allowed, because the quota was lowered. */
  isOver: boolean;
} {
  const used = usedBytes + reservedBytes;
  const fill = quotaBytes === 0 ? 1 : Math.min(1, used / quotaBytes);
  return {
    usedBytes: used,
    fill,
    tone: fill >= FULL ? 'red' : fill >= NEARLY_FULL ? 'yellow' : 'teal',
    isOver: used > quotaBytes,
  };
}

/** Converts bytes to gigabytes with two decimals, as people enter them. */
export function inGigabytes(sizeBytes: number): number {
  return Math.round((sizeBytes / GiB) * 100) / 100;
}
