import type { MarkerDto } from '@hindsight/shared/marker';

export function toMarkerDto({ id, at, label }: { id: string; at: Date; label: string | null }): MarkerDto {
  return { id, at: at.toISOString(), label };
}
