import type { ClipDto } from '@hindsight/shared/clips/clip';
import { MINUTE, MiB } from '@hindsight/shared/units';

/** Returns a saved clip; pass the fields that a test is about. */
export function clip(changes: Partial<ClipDto> = {}): ClipDto {
  const id = changes.id ?? '0199a000-0000-7000-8000-00000000c11b';
  return {
    id,
    title: 'Clip from General',
    channelId: '0199a000-0000-7000-8000-000000000001',
    channelName: 'General',
    communityId: '0199a000-0000-7000-8000-000000000002',
    status: 'READY',
    phase: null,
    progress: null,
    errorCode: null,
    canRetry: false,
    from: '2026-11-21T09:55:00.000Z',
    to: '2026-11-21T10:00:00.000Z',
    durationMs: 5 * MINUTE,
    sizeBytes: 48 * MiB,
    width: 1280,
    height: 720,
    videoCodec: 'h264',
    audioCodec: 'opus',
    pressedAt: '2026-11-21T10:00:00.000Z',
    createdAt: '2026-11-21T10:00:00.000Z',
    videoUrl: `/api/clips/${id}/video`,
    posterUrl: `/api/clips/${id}/poster.jpg`,
    downloadUrl: `/api/clips/${id}/download`,
    sprite: null,
    markers: [],
    trimOfId: null,
    ...changes,
  };
}

/** Returns a clip that is still being saved. */
export function savingClip(changes: Partial<ClipDto> = {}): ClipDto {
  return clip({
    status: 'PROCESSING',
    phase: 'WRITING',
    progress: 0.62,
    videoUrl: null,
    posterUrl: null,
    downloadUrl: null,
    ...changes,
  });
}
