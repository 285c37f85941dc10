import { GiB, KiB, MiB } from '@hindsight/shared/units';

const UNITS = [
  { unit: 'gigabyte', size: GiB, maximumFractionDigits: 1 },
  { unit: 'megabyte', size: MiB, maximumFractionDigits: 0 },
  { unit: 'kilobyte', size: KiB, maximumFractionDigits: 0 },
] as const;

/**
 * Formats a size as people read it ("48 MB", "4.9 GB"), in the reader's locale. Units are powers of 1024, as quotas
 * are.
 */
export function formatBytes(sizeBytes: number, locale?: string): string {
  const unit = UNITS.find(({ size }) => sizeBytes >= size * 0.9995) ?? UNITS[2];
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: unit.unit,
    unitDisplay: 'short',
    maximumFractionDigits: unit.maximumFractionDigits,
  }).format(sizeBytes / unit.size);
}
