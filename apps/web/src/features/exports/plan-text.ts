import type { ExportPlan, Look } from '@hindsight/shared/clips/export';
import { formatBytes } from '../../format/format-bytes.ts';

const LOOKS: Record<Look, string> = {
  same: 'looks like the clip',
  good: 'looks good',
  soft: 'looks a little soft',
  poor: 'looks rough',
};

/** Says what will come out of an export: "about 19 MB, 720p30, looks good". */
export function planText(plan: ExportPlan, locale?: string): string {
  const parts = [`about ${formatBytes(plan.sizeBytes, locale)}`, pictureText(plan), lookText(plan)];
  return parts.filter((part) => part !== null).join(', ');
}

function pictureText({ kind, width, height, framesPerSecond }: ExportPlan): string | null {
  if (width === null || height === null) return null;
  if (framesPerSecond === null) return `${width} × ${height}`;
  if (kind === 'crop' || kind === 'animation')
    return `${width} × ${height}, ${framesPerSecond} pictures a second`;
  return `${Math.min(width, height)}p${framesPerSecond}`;
}

function lookText({ kind, look, hasSound, separateTracks = 0, extension }: ExportPlan): string | null {
  if (kind === 'sound') return 'AAC';
  if (kind === 'still') return extension === 'png' ? 'PNG' : 'JPEG';
  if (kind === 'animation') return `${extension === 'gif' ? 'GIF' : 'WebP'} without sound`;
  if (kind === 'editing' && separateTracks > 0)
    return `constant rate, the mix and ${separateTracks} separate ${separateTracks === 1 ? 'track' : 'tracks'}`;
  if (kind === 'editing') return hasSound ? 'constant rate' : 'constant rate, no sound';
  return look === null ? null : LOOKS[look];
}
