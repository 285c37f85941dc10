import { basename } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { PiecePeaks, Preview, PreviewPiece } from '@hindsight/shared/replay/preview';
import { retentionMarginMs, type BufferKey, type BufferPolicy } from '../buffer/buffer-policy.ts';
import type { Piece, Timeline } from '../buffer/piece.ts';
import { timelineRanges } from '../buffer/timeline.ts';
import type { TimelineService } from '../buffer/timeline.service.ts';
import { pieceReservationBytes } from '../capture/accept/reservation.ts';
import type { Access } from '../access/access.service.ts';
import type { Quota } from '../quota/quota.service.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { markersBetween } from '../markers/markers.service.ts';
import { mixablePieces } from './mixable-pieces.ts';
import { freeze, frozenPieces, pieceName, previewPlaylist, type FrozenRange } from './preview-playlist.ts';
import type { Conversion, Conversions } from './conversions.ts';
import type { Sketches } from './sketches.ts';

export interface PreviewDeps {
  db: PrismaClient;
  access: Pick<Access, 'requireChannel'>;
  timeline: Pick<TimelineService, 'of' | 'kept'>;
  /** Makes what the recorder has received readable. */
  flush: (key: BufferKey) => Promise<void>;
  quota: Pick<Quota, 'mine'>;
  sketches: Pick<Sketches, 'of'>;
  conversions: Pick<Conversions, 'needed' | 'of'>;
  policy: BufferPolicy;
}

/** The file belongs to a buffer, and may be read up to a size. */
export interface BufferFile {
  path: string;
  /** Null means the whole file. */
  sizeBytes: number | null;
}

export type PreviewService = ReturnType<typeof createPreview>;

/** Shows users their own buffers before they capture from them. */
export function createPreview({
  db,
  access,
  timeline,
  flush,
  quota,
  sketches,
  conversions,
  policy,
}: PreviewDeps) {
  /** Returns a function that says until when a piece can be saved (epoch ms), including the margin that captures have. */
  async function keptUntil(pieces: Timeline): Promise<(piece: Piece) => number> {
    const ids = [...new Set(pieces.map(({ sessionId }) => sessionId))];
    const sessions = await db.egressSession.findMany({
      where: { id: { in: ids } },
      select: { id: true, endedAt: true },
    });
    const endOf = new Map(sessions.map(({ id, endedAt }) => [id, endedAt?.getTime() ?? null]));
    const marginMs = retentionMarginMs(policy);
    return ({ sessionId, toMs }) => {
      const endedAtMs = endOf.get(sessionId) ?? null;
      return (endedAtMs === null ? toMs + policy.windowMs : endedAtMs + policy.graceMs) + marginMs;
    };
  }

  /**
   * Checks that the buffer is the caller's, and returns it.
   * @throws AppError NOT_FOUND to everybody but the owner, PERMISSION_DENIED
   */
  async function requireOwn(user: SignedInUser, { userId, channelId }: BufferKey): Promise<Timeline> {
    if (user.id !== userId) throw new AppError('NOT_FOUND');
    await access.requireChannel(user, channelId, 'CAPTURE_REPLAY');
    return timeline.kept({ userId, channelId }, Date.now());
  }

  return {
    /**
     * Returns the caller's buffer as it is now.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, NO_SEGMENTS_FOUND
     */
    async get(user: SignedInUser, channelId: string): Promise<Preview> {
      await access.requireChannel(user, channelId, 'CAPTURE_REPLAY');
      const key = { userId: user.id, channelId };
      await flush(key);
      const atMs = Date.now();
      const pieces = await timeline.of(key, atMs);
      const frozen = freeze(pieces);
      if (frozen === null) throw new AppError('NO_SEGMENTS_FOUND');
      const [{ availableBytes }, keptUntilMs, isMixable, markers] = await Promise.all([
        quota.mine(user.id),
        keptUntil(pieces),
        mixablePieces(pieces),
        markersBetween(db, { ...key, ...frozen }),
      ]);
      const ranges = timelineRanges(pieces);
      const piecesUrl = `/api/buffers/${user.id}/${channelId}/`;
      const { fromMs, toMs, lastBytes } = frozen;
      return {
        at: iso(atMs),
        from: iso(fromMs),
        to: iso(toMs),
        ranges: ranges.map(toSpan),
        gaps: ranges
          .slice(1)
          .map((range, index) => toSpan({ fromMs: ranges[index]?.toMs ?? 0, toMs: range.fromMs })),
        pieces: pieces.map((piece): PreviewPiece => ({
          ...toSpan(piece),
          key: pieceName(piece),
          sizeBytes: pieceReservationBytes(piece),
          keptUntil: iso(keptUntilMs(piece)),
          isMixable: isMixable(piece),
        })),
        markers,
        playlistUrl: `${piecesUrl}index.m3u8?from=${fromMs}&to=${toMs}&last=${lastBytes}`,
        piecesUrl,
        availableQuotaBytes: availableBytes,
      };
    },

    /**
     * Returns the playlist of a frozen range, or of the whole buffer when none is given. Pieces that are gone since are
     * left out.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async playlist(user: SignedInUser, key: BufferKey, range: FrozenRange | null): Promise<string> {
      const kept = await requireOwn(user, key);
      const frozen = range ?? freeze(kept);
      const pieces = frozen === null ? [] : frozenPieces(kept, frozen);
      if (pieces.length === 0) throw new AppError('NOT_FOUND');
      return previewPlaylist(pieces, await conversions.needed(pieces));
    },

    /**
     * Finds a file that the owner's timeline names. The requested name is only compared and never becomes a path.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async file(user: SignedInUser, key: BufferKey, name: string): Promise<BufferFile> {
      const kept = await requireOwn(user, key);
      for (const piece of kept) {
        if (pieceName(piece) === name) return { path: piece.path, sizeBytes: piece.sizeBytes };
        const { initPath } = piece;
        if (initPath !== null && `${piece.sessionId}/${basename(initPath)}` === name)
          return { path: initPath, sizeBytes: null };
      }
      throw new AppError('NOT_FOUND');
    },

    /**
     * Returns the first `bytes` of a piece in H.264, because an open piece may have grown since the playlist was made.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, RATE_LIMITED, FFMPEG_UNAVAILABLE, CONCATENATION_FAILED
     */
    async conversion(user: SignedInUser, key: BufferKey, name: string, bytes: number): Promise<Conversion> {
      const kept = await requireOwn(user, key);
      const piece = kept.find((one) => pieceName(one) === name);
      if (piece === undefined || (await conversions.needed([piece])).size === 0)
        throw new AppError('NOT_FOUND');
      return conversions.of({ ...piece, sizeBytes: Math.min(piece.sizeBytes, bytes) });
    },

    /**
     * Returns a small picture of a piece as JPEG.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, RATE_LIMITED, FFMPEG_UNAVAILABLE
     */
    async still(user: SignedInUser, key: BufferKey, name: string): Promise<Buffer> {
      const kept = await requireOwn(user, key);
      const piece = kept.find((one) => pieceName(one) === name);
      const still = piece === undefined ? null : (await sketches.of(kept, piece)).still;
      if (still === null) throw new AppError('NOT_FOUND');
      return still;
    },

    /**
     * Returns the loudness of pieces by their names, null for those that are gone or unreadable.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, RATE_LIMITED, FFMPEG_UNAVAILABLE
     */
    async peaks(user: SignedInUser, channelId: string, keys: readonly string[]): Promise<PiecePeaks[]> {
      const kept = await requireOwn(user, { userId: user.id, channelId });
      const pieces = new Map(kept.map((piece) => [pieceName(piece), piece]));
      return Promise.all(
        keys.map(async (key) => {
          const piece = pieces.get(key);
          return { key, peaks: piece === undefined ? null : (await sketches.of(kept, piece)).peaks };
        }),
      );
    },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function toSpan({ fromMs, toMs }: { fromMs: number; toMs: number }): { from: string; to: string } {
  return { from: iso(fromMs), to: iso(toMs) };
}
