import type { MarkerDto } from '@hindsight/shared/replay/marker';

export function toMarkerDto({ id, at, label }: { id: string; at: Date; label: string | null }): MarkerDto {
  return { id, at: at.toISOString(), label };
}
