import type { EgressSession } from '@hindsight/db/client';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { CaptureResult } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import type { z } from 'zod';
import { fromStoredQuality } from '../recording/session-dto.ts';
import { answer, failures } from './rest-errors.ts';
import { capturedSchema, type restClipSchema, type restSessionSchema } from './rest-schemas.ts';

const STATUS_NAMES = {
  STARTING: 'starting',
  ACTIVE: 'active',
  STOPPED: 'stopped',
  FAILED: 'failed',
} as const satisfies Record<EgressSession['status'], string>;

/** A request that saves a clip is answered like this. */
export const CAPTURE_ANSWERS = {
  201: answer('The clip', capturedSchema),
  ...failures(
    ...(['NOT_FOUND', 'SHARE_TARGET_FORBIDDEN', 'NO_SEGMENTS_FOUND', 'RANGE_NOT_BUFFERED'] as const),
    ...(['QUOTA_EXCEEDED', 'DISK_LOW', 'TOO_MANY_CAPTURES'] as const),
  ),
};

/** A clip's file as the database has it; the id is null until the clip can be watched. */
export interface ClipFileRow {
  roomName: string;
  file: { id: string; filename: string; mimeType: string } | null;
}

export function toRestSession(session: EgressSession): z.infer<typeof restSessionSchema> {
  const { id, egressId, userId, communityId, roomName, status, quality } = session;
  return {
    ...{ id, egressId, userId, communityId, roomName },
    quality: fromStoredQuality(quality),
    status: STATUS_NAMES[status],
    startedAt: session.startedAt?.toISOString() ?? null,
    endedAt: session.endedAt?.toISOString() ?? null,
  };
}

/** @param origin is where people open the app */
export function toCaptured(
  { clip, isShorterThanAsked }: CaptureResult,
  file: ClipFileRow['file'],
  origin: string,
): z.infer<typeof capturedSchema> {
  return {
    clipId: clip.id,
    fileId: file?.id ?? null,
    durationSeconds: clip.durationMs / SECOND,
    sizeBytes: clip.sizeBytes,
    title: clip.title,
    url: pageOf(clip, origin),
    isShorterThanAsked,
  };
}

export function toRestClip(
  clip: ClipDto,
  { userId, row, origin }: { userId: string; row: ClipFileRow | undefined; origin: string },
): z.infer<typeof restClipSchema> {
  const { id, communityId, title, status, durationMs, sizeBytes, videoUrl, downloadUrl, createdAt } = clip;
  const file = row?.file ?? null;
  return {
    ...{ id, userId, communityId, title, status, createdAt },
    roomName: row?.roomName ?? '',
    durationSeconds: durationMs / SECOND,
    fileId: file?.id ?? null,
    file:
      file === null || videoUrl === null || downloadUrl === null
        ? null
        : { ...file, size: sizeBytes, url: `${origin}${videoUrl}`, downloadUrl: `${origin}${downloadUrl}` },
    url: pageOf(clip, origin),
  };
}

function pageOf({ id }: { id: string }, origin: string): string {
  return `${origin}/clips/${id}`;
}
