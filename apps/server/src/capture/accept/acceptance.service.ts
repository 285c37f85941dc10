import type { Prisma, PrismaClient, ReplayClip } from '@hindsight/db/client';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { AppError } from '@hindsight/shared/errors';
import type { MessageTarget } from '@hindsight/shared/chat/message';
import type { CaptureInput, CaptureResult } from '@hindsight/shared/replay/replay';
import type { DiskGuard } from '../../storage/disk-guard.ts';
import type { Timeline } from '../../buffer/piece.ts';
import { CLIP_INCLUDE, type ClipFeed } from '../../clips/clip-feed.ts';
import type { Access } from '../../access/access.service.ts';
import type { Quota } from '../../quota/quota.service.ts';
import type { SignedInUser } from '../../trpc/trpc.ts';
import { requestedRange } from './requested-range.ts';
import type { BufferedPieces } from '../plan/buffered-pieces.ts';
import { defaultTitle } from './default-title.ts';
import { reservationBytes } from './reservation.ts';
import { requireCaptureSlot } from '../lifecycle/running-captures.ts';
import { select } from '../plan/selection.ts';
import type { Trims } from '../trim/trims.service.ts';

/** Shortfalls below this are not reported. */
const SHORTFALL_TOLERANCE_MS = 250;

/** Posts a clip as a message, in the same transaction that accepts it. */
export interface ClipPosts {
  /**
   * Checks that the user may post to a target.
   * @throws AppError NOT_FOUND, SHARE_TARGET_FORBIDDEN
   */
  requireTarget(user: SignedInUser, target: MessageTarget): Promise<void>;
  /**
   * Writes the message.
   * @returns a function that notifies the readers, to be called when the transaction is committed
   */
  post(
    tx: Prisma.TransactionClient,
    post: { user: SignedInUser; clipId: string; target: MessageTarget },
  ): Promise<() => Promise<void>>;
}

interface CaptureDependencies {
  db: PrismaClient;
  access: Pick<Access, 'requireChannel'>;
  source: BufferedPieces;
  disk: Pick<DiskGuard, 'requireSpace'>;
  quota: Quota;
  feed: ClipFeed;
  trims: Pick<Trims, 'remakeBytes' | 'requireNoOtherTrim'>;
  posts: ClipPosts;
  /** Queues a trim that is to be made. */
  enqueue: (trim: ReplayClip) => Promise<void>;
  /** Starts making a capture, at once if possible, without waiting. If this server stops before, another one makes it. */
  makeSoon: (clip: ReplayClip) => void;
  /** Starts making a capture of a buffer that was claimed as it was accepted. */
  makeAccepted: (clip: ReplayClip, timeline: Timeline) => void;
  /** The id is that of this server. */
  serverId: string;
}

export type Capture = ReturnType<typeof createAcceptance>;

/** Accepts captures: it decides what a clip will hold and reserves the quota for it. The file is made afterwards. */
export function createAcceptance({
  db,
  access,
  source,
  disk,
  quota,
  feed,
  trims,
  posts,
  enqueue,
  makeSoon,
  makeAccepted,
  serverId,
}: CaptureDependencies) {
  /** Returns the bytes that a failed clip would need now, or null when there is nothing left to make it from. */
  async function remakeBytes(clip: ReplayClip): Promise<number | null> {
    if (clip.trimFromMs !== null) return trims.remakeBytes(clip);
    const key = { userId: clip.userId, channelId: clip.roomName };
    const timeline = await source.pieces(key, clip.pressedAt.getTime());
    const available = select(timeline, { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() });
    return available === null ? null : reservationBytes(available, 0);
  }

  return {
    /**
     * Accepts a capture. Answers as soon as the clip is certain to be made, however long it is.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, SHARE_TARGET_FORBIDDEN, NO_SEGMENTS_FOUND, RANGE_NOT_BUFFERED,
     * DISK_LOW, QUOTA_EXCEEDED, TOO_MANY_CAPTURES
     */
    async accept(user: SignedInUser, input: CaptureInput): Promise<CaptureResult> {
      const pressedAtMs = Date.now() - input.pressedAgoMs;
      const { channel } = await access.requireChannel(user, input.channelId, 'CAPTURE_REPLAY');
      if (input.share !== undefined) await posts.requireTarget(user, input.share);
      const key = { userId: user.id, channelId: channel.id };
      await source.refresh(key);
      const [timeline, isLive] = await Promise.all([source.pieces(key, pressedAtMs), source.isLive(key)]);
      if (timeline.length === 0) throw new AppError('NO_SEGMENTS_FOUND');

      const requested = requestedRange(input, { timeline, isLive, pressedAtMs });
      const available = select(timeline, requested);
      if (available === null) throw new AppError('RANGE_NOT_BUFFERED');
      // The recorder may not have written yet what was shown just before the request.
      const tailMs = isLive
        ? Math.max(0, requested.toMs - Math.max(available.toMs, timeline.at(-1)?.toMs ?? 0))
        : 0;
      const durationMs = Math.round(available.durationMs + tailMs);
      const reservedBytes = reservationBytes(available, tailMs);
      await disk.requireSpace(reservedBytes);

      const { row, tellReaders } = await db.$transaction(async (tx) => {
        await quota.reserve(tx, user.id, reservedBytes);
        const created = await tx.replayClip.create({
          data: {
            userId: user.id,
            communityId: channel.communityId,
            channelId: channel.id,
            roomName: channel.id,
            title: input.title ?? defaultTitle(channel.name, durationMs),
            fromAt: new Date(available.fromMs),
            toAt: new Date(available.toMs + tailMs),
            durationMs,
            reservedBytes: BigInt(reservedBytes),
            pressedAt: new Date(pressedAtMs),
            // If this server stops before the clip is made, the others know at once that nobody makes it.
            makerId: serverId,
          },
        });
        await requireCaptureSlot(tx, user.id);
        if (input.share === undefined) return { row: created, tellReaders: null };
        const post = { user, clipId: created.id, target: input.share };
        return { row: created, tellReaders: await posts.post(tx, post) };
      });
      // The row isn't read again, because many users may capture at the same moment.
      const clip = await feed.announceNew({ ...row, channel: { name: channel.name }, markers: [] });
      makeAccepted(row, timeline);
      await tellReaders?.();
      const isShorterThanAsked = requested.toMs - requested.fromMs - durationMs > SHORTFALL_TOLERANCE_MS;
      return { clip, isShorterThanAsked };
    },

    /**
     * Makes a failed clip again.
     * @throws AppError NOT_FOUND, CLIP_NOT_RETRYABLE, DISK_LOW, QUOTA_EXCEEDED, TOO_MANY_CAPTURES
     */
    async retry(userId: string, clipId: string): Promise<ClipDto> {
      const clip = await db.replayClip.findFirst({ where: { id: clipId, userId } });
      if (clip === null) throw new AppError('NOT_FOUND');
      const reservedBytes = clip.status === 'FAILED' ? await remakeBytes(clip) : null;
      if (reservedBytes === null) throw new AppError('CLIP_NOT_RETRYABLE');
      await disk.requireSpace(reservedBytes);

      await db.$transaction(async (tx) => {
        await quota.reserve(tx, userId, reservedBytes);
        await trims.requireNoOtherTrim(tx, clip.trimOfId, clip.isReplacement);
        const { count } = await tx.replayClip.updateMany({
          where: { id: clipId, status: 'FAILED' },
          data: { status: 'PROCESSING', attempts: 0, errorCode: null, reservedBytes: BigInt(reservedBytes) },
        });
        if (count === 0) throw new AppError('CLIP_NOT_RETRYABLE');
        await requireCaptureSlot(tx, userId);
      });
      await feed.announce(clipId);
      if (clip.trimFromMs === null) makeSoon(clip);
      else await enqueue(clip);
      const row = await db.replayClip.findUnique({ where: { id: clipId }, include: CLIP_INCLUDE });
      // The owner removed the clip at the same moment.
      if (row === null) throw new AppError('NOT_FOUND');
      return feed.toDto(row);
    },
  };
}
