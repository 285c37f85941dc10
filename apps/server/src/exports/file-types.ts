import type { ExportPlan } from '@hindsight/shared/clips/export';

const MIME_TYPES: Record<ExportPlan['extension'], string> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  m4a: 'audio/mp4',
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
};

export function mimeTypeOf(extension: ExportPlan['extension']): string {
  return MIME_TYPES[extension];
}
