import type { Prisma, PrismaClient } from '@hindsight/db/client';
import type { ClipDto, ClipPhase } from '@hindsight/shared/clip';
import { isAppErrorCode } from '@hindsight/shared/errors';
import { toSafeNumber } from '@hindsight/shared/units';
import type { AppEvents } from '../events/events.ts';
import { clipUrls } from './clip-urls.ts';

/** What every clip row is loaded with. */
export const CLIP_INCLUDE = {
  channel: { select: { name: true } },
  markers: { select: { offsetMs: true, label: true }, orderBy: { offsetMs: 'asc' } },
} satisfies Prisma.ReplayClipInclude;
export type ClipRow = Prisma.ReplayClipGetPayload<{ include: typeof CLIP_INCLUDE }>;

/** What a capture is doing at the moment; not worth a row. */
interface Progress {
  phase: ClipPhase;
  /** 0 to 1. */
  fraction: number;
}

interface ClipFeedDependencies {
  db: PrismaClient;
  events: Pick<AppEvents, 'emit' | 'listen'>;
  /** Whether there still is what a failed clip would be made from. */
  canBeMade: (clip: ClipRow) => Promise<boolean>;
}

export type ClipFeed = ReturnType<typeof createClipFeed>;

/** Clips as their owners see them, and the news about them. */
export function createClipFeed({ db, events, canBeMade }: ClipFeedDependencies) {
  const progress = new Map<string, Progress>();

  async function toDto(row: ClipRow): Promise<ClipDto> {
    const isReady = row.status === 'READY';
    const isProcessing = row.status === 'PROCESSING';
    const now = isProcessing ? progress.get(row.id) : undefined;
    return {
      id: row.id,
      title: row.title,
      channelId: row.channelId,
      channelName: row.channel?.name ?? null,
      communityId: row.communityId,
      status: row.status,
      phase: isProcessing ? (now?.phase ?? 'WAITING') : null,
      progress: isProcessing ? (now?.fraction ?? 0) : null,
      errorCode: isAppErrorCode(row.errorCode) ? row.errorCode : null,
      canRetry: row.status === 'FAILED' && (await canBeMade(row)),
      from: row.fromAt.toISOString(),
      to: row.toAt.toISOString(),
      durationMs: row.durationMs,
      sizeBytes: toSafeNumber(isReady ? row.sizeBytes : row.reservedBytes),
      width: row.width,
      height: row.height,
      videoCodec: row.videoCodec,
      audioCodec: row.audioCodec,
      createdAt: row.createdAt.toISOString(),
      ...clipUrls(row),
      markers: row.markers,
      trimOfId: row.trimOfId,
      isReplacement: row.isReplacement,
    };
  }

  /** Tells the owner how a clip is now. */
  async function announce(clipId: string): Promise<void> {
    const row = await db.replayClip.findUnique({ where: { id: clipId }, include: CLIP_INCLUDE });
    if (row === null || row.removedAt !== null) return;
    if (row.status !== 'PROCESSING') progress.delete(clipId);
    events.emit('clip', { userId: row.userId, event: { type: 'changed', clip: await toDto(row) } });
  }

  return {
    toDto,
    announce,

    /** Notes what a capture is doing, and tells its owner. */
    async report(clipId: string, phase: ClipPhase, fraction: number): Promise<void> {
      progress.set(clipId, { phase, fraction: Math.min(1, Math.max(0, fraction)) });
      await announce(clipId);
    },

    /** @param messageIds those that held a clip whose row is gone */
    announceRemoved(userId: string, clipId: string, messageIds: readonly string[] = []): void {
      progress.delete(clipId);
      events.emit('clip', { userId, event: { type: 'removed', clipId }, messageIds });
    },

    /** Calls back with the id of each clip that its owner removes. */
    onRemoved(listener: (clipId: string) => void): () => void {
      return events.listen('clip', ({ event }) => {
        if (event.type === 'removed') listener(event.clipId);
      });
    },
  };
}
