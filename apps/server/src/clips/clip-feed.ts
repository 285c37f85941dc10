import type { Prisma, PrismaClient } from '@hindsight/db/client';
import type { ClipDto, ClipEvent, ClipPhase } from '@hindsight/shared/clips/clip';
import { isAppErrorCode } from '@hindsight/shared/errors';
import { toSafeNumber } from '@hindsight/shared/units';
import type { AppEvents, ClipProgress } from '../events/events.ts';
import { clipUrls } from './clip-urls.ts';

/** Every clip row is loaded with these relations. */
export const CLIP_INCLUDE = {
  channel: { select: { name: true } },
  markers: { select: { offsetMs: true, label: true }, orderBy: { offsetMs: 'asc' } },
  voices: {
    select: { takenOutAt: true, user: { select: { username: true } } },
    orderBy: { user: { username: 'asc' } },
  },
} satisfies Prisma.ReplayClipInclude;
export type ClipRow = Prisma.ReplayClipGetPayload<{ include: typeof CLIP_INCLUDE }>;

/** The news is the state of a clip, and its owner. */
interface ClipNews {
  userId: string;
  event: Extract<ClipEvent, { type: 'changed' }>;
}

interface ClipFeedDependencies {
  db: PrismaClient;
  events: Pick<AppEvents, 'emit' | 'listen' | 'relay'>;
  /** Says whether a failed clip can still be made. */
  canBeMade: (clip: ClipRow) => Promise<boolean>;
}

export type ClipFeed = ReturnType<typeof createClipFeed>;

/** Turns clips into what their owners see, and announces changes to them. */
export function createClipFeed({ db, events, canBeMade }: ClipFeedDependencies) {
  /** The map has the progress of clips that are being made on any server. */
  const progress = new Map<string, ClipProgress>();

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
      voices: row.voices.flatMap(({ user, takenOutAt }) => (takenOutAt === null ? user.username : [])),
      takenOutVoices: row.voices.flatMap(({ user, takenOutAt }) =>
        takenOutAt === null ? [] : user.username,
      ),
      isMixing: row.mixWantedAt !== null,
      isSoundIncomplete: row.isSoundIncomplete,
      pressedAt: row.pressedAt.toISOString(),
      createdAt: row.createdAt.toISOString(),
      ...clipUrls(row),
      tracksUrl: row.status === 'READY' && row.tracksFileId !== null ? `/api/clips/${row.id}/tracks` : null,
      markers: row.markers,
      trimOfId: row.trimOfId,
      isReplacement: row.isReplacement,
    };
  }

  /** Reads the state of a clip. Returns null when it is removed or doesn't exist. */
  async function read(clipId: string): Promise<ClipNews | null> {
    const row = await db.replayClip.findUnique({ where: { id: clipId }, include: CLIP_INCLUDE });
    return row === null || row.removedAt !== null ? null : newsOf(row);
  }

  async function newsOf(row: ClipRow): Promise<ClipNews> {
    if (row.status !== 'PROCESSING') progress.delete(row.id);
    return { userId: row.userId, event: { type: 'changed', clip: await toDto(row) } };
  }

  function tell(news: ClipNews, { isNew = false } = {}): void {
    events.emit('clip', { ...news, isNew });
    const { userId, event } = news;
    const clipId = event.clip.id;
    events.emit('clipNews', { userId, clipId, isRemoved: false, progress: progress.get(clipId) ?? null });
  }

  /** Tells the owner the state of a clip. */
  async function announce(clipId: string): Promise<void> {
    const news = await read(clipId);
    if (news !== null) tell(news);
  }

  const stopListening = events.listen('clipNews', ({ userId, clipId, isRemoved, progress: now }, origin) => {
    if (origin === 'here') return;
    if (now === null) progress.delete(clipId);
    else progress.set(clipId, now);
    if (isRemoved) events.relay('clip', { userId, event: { type: 'removed', clipId } });
    else void relay(clipId);
  });

  /** Tells this server's listeners what another server has changed. */
  async function relay(clipId: string): Promise<void> {
    try {
      const news = await read(clipId);
      if (news !== null) events.relay('clip', news);
    } catch {
      // The database can't be reached. The gap makes clients read everything again.
      events.relay('gap', {});
    }
  }

  return {
    toDto,
    announce,

    /** Does the same for a clip whose row was just written and is unchanged since, so it is in no message that isn't new, too. */
    async announceNew(row: ClipRow): Promise<ClipDto> {
      const clip = await toDto(row);
      tell({ userId: row.userId, event: { type: 'changed', clip } }, { isNew: true });
      if (row.startsAfresh) events.emit('mine', { userId: row.userId, channelId: row.roomName });
      return clip;
    },

    /** Tells the owner the state of a clip whose row was just written, without reading it again. */
    async announceWritten(row: ClipRow): Promise<void> {
      if (row.removedAt !== null) return;
      tell(await newsOf(row));
    },

    /** Notes the progress of a capture, and tells its owner. */
    async report(clipId: string, phase: ClipPhase, fraction: number): Promise<void> {
      progress.set(clipId, { phase, fraction: Math.min(1, Math.max(0, fraction)) });
      await announce(clipId);
    },

    /**
     * Tells the owner that a clip was removed.
     * @param messageIds the messages that the clip was attached to, when its row is deleted
     */
    announceRemoved(userId: string, clipId: string, messageIds: readonly string[] = []): void {
      progress.delete(clipId);
      events.emit('clip', { userId, event: { type: 'removed', clipId }, messageIds });
      events.emit('clipNews', { userId, clipId, isRemoved: true, progress: null });
    },

    /** Calls back with the id of each removed clip. Returns a function that stops it. */
    onRemoved(listener: (clipId: string) => void): () => void {
      return events.listen('clip', ({ event }) => {
        if (event.type === 'removed') listener(event.clipId);
      });
    },

    close: stopListening,
  };
}
