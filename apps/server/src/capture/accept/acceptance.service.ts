import { randomUUID } from 'node:crypto';
import { Prisma, type PrismaClient, type ReplayClip } from '@hindsight/db/client';
import { isDatabaseAway } from '@hindsight/db/database-away';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { defaultTitle } from '@hindsight/shared/clips/default-title';
import { AppError } from '@hindsight/shared/errors';
import type { MessageTarget } from '@hindsight/shared/chat/message';
import { pressMoment } from '@hindsight/shared/replay/press-moment';
import type { CaptureInput, CaptureResult } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import type { DiskGuard } from '../../storage/disk-guard.ts';
import type { BufferKey } from '../../buffer/buffer-policy.ts';
import { freshStart } from '../../buffer/fresh-start.ts';
import type { Timeline } from '../../buffer/piece.ts';
import { retryWhileDatabaseIsAway } from '../../database-retry.ts';
import { CLIP_INCLUDE, type ClipFeed } from '../../clips/clip-feed.ts';
import type { Access } from '../../access/access.service.ts';
import type { Quota } from '../../quota/quota.service.ts';
import type { SignedInUser } from '../../trpc/trpc.ts';
import { requestedMs, requestedRange } from './requested-range.ts';
import type { BufferedPieces } from '../plan/buffered-pieces.ts';
import { lastPictureAt } from './last-picture.ts';
import { mixReservationBytes, reservationBytes } from './reservation.ts';
import { gainColumns } from '../mix/chosen-gains.ts';
import { requireCaptureSlot } from '../lifecycle/running-captures.ts';
import { select, type Selection, type TimeRange } from '../plan/selection.ts';
import type { Joins } from '../join/joins.service.ts';
import { isFromBuffer } from '../lifecycle/clip-source.ts';
import type { Trims } from '../trim/trims.service.ts';

/** Shortfalls below this are not reported. */
const SHORTFALL_TOLERANCE_MS = 250;

/** A press waits this long for a database that is away; then it is refused. */
export const PRESS_PATIENCE_MS = 4 * SECOND;
/**
 * A press whose COMMIT has got no answer may have been accepted. It is neither accepted nor refused before that is known, unless the
 * database stays away for longer than this.
 */
const UNKNOWN_OUTCOME_PATIENCE_MS = 30 * SECOND;

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
  source: Pick<BufferedPieces, 'atPress' | 'pieces'>;
  disk: Pick<DiskGuard, 'requireSpace'>;
  quota: Quota;
  feed: ClipFeed;
  trims: Pick<Trims, 'remakeBytes' | 'requireNoOtherTrim'>;
  joins: Pick<Joins, 'remakeBytes'>;
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

/** This is a press as it has arrived. */
interface Press {
  user: SignedInUser;
  input: CaptureInput;
  pressedAtMs: number;
  key: string;
  /** Tells whether it may have been accepted before. */
  mayBeAccepted: boolean;
  /** Tells whether a transaction that accepts it was to be committed, and how that ended is not known. */
  isOutcomeUnknown: boolean;
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
  joins,
  posts,
  enqueue,
  makeSoon,
  makeAccepted,
  serverId,
}: CaptureDependencies) {
  /**
   * Returns how much a capture may need: more when its sound is mixed, as it is when voices were kept beside the share, or when the
   * share is to have another level.
   * @param options.hasVoices whether they may have been kept at any time
   */
  async function neededBytes(
    key: BufferKey,
    available: Selection,
    {
      tailMs = 0,
      hasVoices = true,
      shareGainDb = 0,
    }: { tailMs?: number; hasVoices?: boolean; shareGainDb?: number } = {},
  ): Promise<number> {
    const range = { fromMs: available.fromMs, toMs: available.toMs + tailMs };
    const isMixed = shareGainDb !== 0 || (hasVoices && (await wereVoicesKept(key, range)));
    const mixBytes = isMixed ? mixReservationBytes(available.durationMs + tailMs) : 0;
    return reservationBytes(available, tailMs) + mixBytes;
  }

  async function wereVoicesKept(
    { userId, channelId }: BufferKey,
    { fromMs, toMs }: TimeRange,
  ): Promise<boolean> {
    const from = new Date(fromMs);
    const kept = await db.keptVoice.count({
      where: {
        // A stretch has no end where its recording ended with it.
        session: { userId, roomName: channelId, OR: [{ endedAt: null }, { endedAt: { gt: from } }] },
        startedAt: { lt: new Date(toMs) },
        OR: [{ endedAt: null }, { endedAt: { gt: from } }],
      },
    });
    return kept > 0;
  }

  /** Returns the bytes that a failed clip would need now, or null when there is nothing left to make it from. */
  async function remakeBytes(clip: ReplayClip): Promise<number | null> {
    if (!isFromBuffer(clip)) return (clip.trimFromMs === null ? joins : trims).remakeBytes(clip);
    const timeline = await source.pieces(keyOf(clip), clip.pressedAt.getTime());
    const available = select(timeline, { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() });
    return available === null ? null : neededBytes(keyOf(clip), available, clip);
  }

  /** A press saves nothing from before the last fresh start, but whoever chooses a range means just that. */
  async function sinceFreshStart(
    key: BufferKey,
    input: CaptureInput,
    { timeline, requested, pressedAtMs }: { timeline: Timeline; requested: TimeRange; pressedAtMs: number },
  ): Promise<TimeRange> {
    if (input.from !== undefined) return requested;
    const fromMs = timeline[0]?.fromMs ?? requested.fromMs;
    const freshMs = await freshStart(db, key, { fromMs, toMs: pressedAtMs });
    return freshMs === null ? requested : { ...requested, fromMs: Math.max(requested.fromMs, freshMs) };
  }

  async function acceptNew(press: Press): Promise<CaptureResult> {
    const { user, input, pressedAtMs } = press;
    const { channel } = await access.requireChannel(user, input.channelId, 'CAPTURE_REPLAY');
    if (input.share !== undefined) await posts.requireTarget(user, input.share);
    const key = { userId: user.id, channelId: channel.id };
    const { timeline, isLive, hasVoices } = await source.atPress(key, pressedAtMs, requestedMs(input));
    if (timeline.length === 0) throw new AppError('NO_SEGMENTS_FOUND');

    const requested = requestedRange(input, { timeline, isLive, pressedAtMs });
    const available = select(
      timeline,
      await sinceFreshStart(key, input, { timeline, requested, pressedAtMs }),
    );
    if (available === null) throw new AppError('RANGE_NOT_BUFFERED');
    // The recorder may not have written yet what was shown just before the request.
    const tailMs = isLive
      ? Math.max(0, requested.toMs - Math.max(available.toMs, timeline.at(-1)?.toMs ?? 0))
      : 0;
    const durationMs = Math.round(available.durationMs + tailMs);
    const gains = gainColumns(input.levels);
    const reservedBytes = await neededBytes(key, available, { tailMs, hasVoices, ...gains });
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
          pressKey: press.key,
          startsAfresh: input.startAfresh ?? false,
          ...gains,
          // If this server stops before the clip is made, the others know at once that nobody makes it.
          makerId: serverId,
        },
      });
      await requireCaptureSlot(tx, user.id);
      const tell =
        input.share === undefined
          ? null
          : await posts.post(tx, { user, clipId: created.id, target: input.share });
      press.isOutcomeUnknown = true;
      return { row: created, tellReaders: tell };
    });
    // The row isn't read again, because many users may capture at the same moment.
    const clip = await feed.announceNew({ ...row, channel: { name: channel.name }, markers: [], voices: [] });
    makeAccepted(row, timeline);
    await tellReaders?.();
    return {
      clip,
      isShorterThanAsked: isShortened(durationMs, requested),
      lastPictureAt: lastPictureAt(available, available.toMs + tailMs),
    };
  }

  /**
   * Returns the answer to a press that was accepted before, and null when it wasn't. A transaction that would accept it and is still
   * under way holds the lock on the quota, so it has ended before the clip is looked for.
   * @throws AppError CLIP_DELETED when its clip was deleted just now
   */
  async function findAccepted({ user, input, key }: Press): Promise<CaptureResult | null> {
    const clip = await db.$transaction(async (tx) => {
      await quota.lock(tx, user.id);
      const where = { userId_pressKey: { userId: user.id, pressKey: key } };
      return tx.replayClip.findUnique({ where, include: CLIP_INCLUDE });
    });
    if (clip === null) return null;
    // Its owner can still undo the removal, so the press isn't accepted anew either.
    if (clip.removedAt !== null) throw new AppError('CLIP_DELETED');
    const requested = requestedRange(input, {
      timeline: [],
      isLive: true,
      pressedAtMs: clip.pressedAt.getTime(),
    });
    // Whoever accepted it may have been interrupted before it was told and made. It may also have become READY since it was found,
    // so its state is read again.
    await feed.announce(clip.id);
    if (clip.status === 'PROCESSING') makeSoon(clip);
    const range = { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() };
    const kept = select(await source.pieces(keyOf(clip), clip.pressedAt.getTime()), range);
    return {
      clip: await feed.toDto(clip),
      isShorterThanAsked: isShortened(clip.durationMs, requested),
      lastPictureAt: kept === null ? null : lastPictureAt(kept, range.toMs),
    };
  }

  async function acceptOnce(press: Press): Promise<CaptureResult> {
    try {
      return await acceptNew(press);
    } catch (error) {
      if (isDatabaseAway(error)) {
        press.mayBeAccepted = true;
        throw error;
      }
      const isRefusal = error instanceof AppError;
      const isThere = error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
      // What an accepted press took may be the reason why it can't be accepted again.
      const accepted = isThere || (isRefusal && press.mayBeAccepted) ? await findAccepted(press) : null;
      press.isOutcomeUnknown = false;
      if (accepted !== null) return accepted;
      // Its clip was removed since, so nothing is there any more.
      if (isThere) return acceptOnce(press);
      throw error;
    }
  }

  return {
    /**
     * Accepts a capture. Answers as soon as the clip is certain to be made, however long it is. A press under a key that
     * was accepted before gets the answer of then. While the database is away, the press waits a moment; the clip ends at
     * the moment of the press all the same.
     * @param receivedAtMs when the request arrived
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, SHARE_TARGET_FORBIDDEN, NO_SEGMENTS_FOUND, RANGE_NOT_BUFFERED,
     * DISK_LOW, QUOTA_EXCEEDED, TOO_MANY_CAPTURES, CLIP_DELETED
     */
    async accept(
      user: SignedInUser,
      input: CaptureInput,
      receivedAtMs: number = Date.now(),
    ): Promise<CaptureResult> {
      const press: Press = {
        user,
        input,
        pressedAtMs: pressMoment(input, receivedAtMs),
        // Without a key of the sender's, it has one for its repetitions here.
        key: input.pressKey ?? randomUUID(),
        mayBeAccepted: input.pressKey !== undefined,
        isOutcomeUnknown: false,
      };
      const patience = (ms: number) => ({ forMs: receivedAtMs + ms - Date.now() });
      try {
        return await retryWhileDatabaseIsAway(() => acceptOnce(press), patience(PRESS_PATIENCE_MS));
      } catch (error) {
        if (!press.isOutcomeUnknown) throw error;
        return retryWhileDatabaseIsAway(() => acceptOnce(press), patience(UNKNOWN_OUTCOME_PATIENCE_MS));
      }
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
      if (isFromBuffer(clip)) makeSoon(clip);
      else await enqueue(clip);
      const row = await db.replayClip.findUnique({ where: { id: clipId }, include: CLIP_INCLUDE });
      // The owner removed the clip at the same moment.
      if (row === null) throw new AppError('NOT_FOUND');
      return feed.toDto(row);
    },
  };
}

const keyOf = ({ userId, roomName }: ReplayClip): BufferKey => ({ userId, channelId: roomName });

/** Tells whether a clip is noticeably shorter than what was asked for. */
function isShortened(durationMs: number, requested: TimeRange): boolean {
  return requested.toMs - requested.fromMs - durationMs > SHORTFALL_TOLERANCE_MS;
}
