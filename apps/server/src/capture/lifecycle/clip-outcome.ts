import type { Prisma, PrismaClient, ReplayClip } from '@hindsight/db/client';
import { AppError, type AppErrorCode } from '@hindsight/shared/errors';
import { PEAK_MS } from '@hindsight/shared/replay/preview';
import { toSafeNumber } from '@hindsight/shared/units';
import type { ClipFeed } from '../../clips/clip-feed.ts';
import { claimForServer } from '../../cluster/claims.ts';
import type { Quota } from '../../quota/quota.service.ts';
import type { Deletions } from '../../storage/deletions.ts';
import { clipPosterKey, clipTracksKey, clipVideoKey, type StorageKey } from '../../storage/storage-key.ts';
import type { CommitOptions, ObjectStorage } from '../../storage/storage.port.ts';
import { chosenGainsDb } from '../mix/chosen-gains.ts';
import type { WrittenClip, WrittenFile } from './clip-check.ts';
import type { MadeClip } from './clip-maker.ts';
import { replaceClip } from './clip-replacement.ts';
import { posterRow, tracksRow, videoRow } from './file-rows.ts';
import { hasLostVoice } from './clip-source.ts';
import { joinLoudness } from './joined-loudness.ts';

/** A laid-out clip has pinned segments: it can be watched, and its file is written later. */
export interface LaidOutClip extends Omit<MadeClip, 'written'> {
  media: Pick<WrittenClip, 'durationMs' | 'width' | 'height' | 'videoCodec' | 'audioCodec'> & {
    sizeBytes: number;
    etag: string;
  };
  /** The ids of those whose voices are in it. */
  voices: readonly string[];
}

interface ClipOutcomeDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'commit' | 'remove'>;
  quota: Quota;
  deletions: Pick<Deletions, 'enqueue'>;
  feed: ClipFeed;
  /** The id is that of this server. */
  serverId: string;
}

export type ClipOutcome = ReturnType<typeof createClipOutcome>;

/**
 * Changes the state of PROCESSING clips. A server claims the clip that it makes. Each further change is one transaction,
 * which does nothing when the clip is no longer PROCESSING, or when another server has claimed it because ours was taken
 * for gone.
 */
export function createClipOutcome({
  db,
  storage,
  quota,
  deletions,
  feed,
  serverId,
}: ClipOutcomeDependencies) {
  /** Selects a clip that this server has claimed. */
  const claimed = (id: string) => ({ id, status: 'PROCESSING', makerId: serverId }) as const;

  async function isClaimed(clipId: string): Promise<boolean> {
    return (await db.replayClip.count({ where: claimed(clipId) })) > 0;
  }

  /** Says whether another server has claimed the clip, and stores its files under the same keys. */
  async function isMadeElsewhere(id: string): Promise<boolean> {
    const others = { id, status: 'PROCESSING', makerId: { not: serverId } } as const;
    return (await db.replayClip.count({ where: others })) > 0;
  }

  /** Makes a clip READY. @returns its row. @throws AppError NOT_FOUND when it was removed meanwhile */
  async function writeReady(
    tx: Prisma.TransactionClient,
    { id }: ReplayClip,
    ready: Prisma.ReplayClipUncheckedUpdateManyInput,
  ): Promise<ReplayClip> {
    const [row] = await tx.replayClip.updateManyAndReturn({
      where: claimed(id),
      data: { ...ready, status: 'READY', makerId: null, errorCode: null, reservedBytes: 0n },
    });
    if (row === undefined) throw new AppError('NOT_FOUND');
    return row;
  }

  /** Updates what belongs to a clip that has become READY, or to the clip that it has replaced. */
  async function writeRelated(
    tx: Prisma.TransactionClient,
    clip: ReplayClip,
    made: { markers: MadeClip['markers']; sizeBytes: number },
  ): Promise<void> {
    const clipId = finalClipId(clip);
    await takeVoices(tx, clip);
    if (made.markers.length > 0)
      await tx.clipMarker.createMany({ data: made.markers.map((marker) => ({ ...marker, clipId })) });
    await quota.commit(tx, clip.userId, {
      reservedBytes: toSafeNumber(clip.reservedBytes),
      usedBytes: made.sizeBytes,
    });
  }

  async function channelOf({ channelId }: ReplayClip): Promise<{ name: string } | null> {
    return channelId === null
      ? null
      : db.channel.findUnique({ where: { id: channelId }, select: { name: true } });
  }

  async function namesOf(userIds: readonly string[]): Promise<{ username: string }[]> {
    if (userIds.length === 0) return [];
    const where = { id: { in: [...userIds] } };
    return db.user.findMany({ where, select: { username: true }, orderBy: { username: 'asc' } });
  }

  return {
    /** Claims a clip for this server. Returns null when it is no longer PROCESSING, or a live server has claimed it. */
    async claim(clipId: string): Promise<ReplayClip | null> {
      const isMine = await claimForServer(db, 'ReplayClip', { id: clipId, serverId });
      return isMine ? db.replayClip.findFirst({ where: claimed(clipId) }) : null;
    },

    /** Says whether a clip is still PROCESSING and claimed by this server. */
    isClaimed,

    /** Gives up a clip that this server can't finish, so that others may claim it at once. */
    async giveUp(clipId: string): Promise<void> {
      await db.replayClip.updateMany({ where: claimed(clipId), data: { makerId: null } });
    },

    /**
     * Counts a failed attempt. An attempt that the end of the server interrupted is not counted.
     * @returns the number of failed attempts so far
     */
    async countFailure(clip: ReplayClip): Promise<number> {
      const attempts = clip.attempts + 1;
      await db.replayClip.updateMany({ where: claimed(clip.id), data: { attempts } });
      return attempts;
    },

    /**
     * Makes a capture READY whose segments are pinned. Its file gets a row now, and is written afterwards.
     * @throws AppError NOT_FOUND when the clip was removed meanwhile
     */
    async succeedPinned(clip: ReplayClip, { media, range, markers, voices }: LaidOutClip): Promise<void> {
      const { sizeBytes, etag } = media;
      const gainsDb = chosenGainsDb(clip);
      // Whoever pressed waits to be told, so the clip is not read again once it is written.
      const [channel, users] = await Promise.all([channelOf(clip), namesOf(voices)]);
      const row = await db.$transaction(async (tx) => {
        const file = await tx.file.create({
          data: { etag, sizeBytes: BigInt(sizeBytes), ...videoRow(clip.id, clipVideoKey(clip)) },
        });
        const ready = await writeReady(tx, clip, { ...columns(media, range), fileId: file.id });
        await writeRelated(tx, clip, { markers, sizeBytes });
        if (voices.length > 0)
          await tx.clipVoice.createMany({
            data: voices.map((userId) => ({ clipId: clip.id, userId, gainDb: gainsDb.get(userId) ?? 0 })),
          });
        return ready;
      });
      const heard = users.map((user) => ({ user, takenOutAt: null }));
      await feed.announceWritten({ ...row, channel, markers: [...markers], voices: heard });
    },

    /**
     * Stores a written clip and makes it READY. The files come first and the rows last, so that no row ever points to a
     * missing file. When the rows can't be written, the files are deleted again.
     * @throws AppError NOT_FOUND when the clip was removed meanwhile, QUOTA_EXCEEDED, DISK_LOW, STORAGE_UNAVAILABLE
     */
    async succeed(clip: ReplayClip, made: MadeClip, options: CommitOptions = {}): Promise<void> {
      const { written, range } = made;
      const videoKey = clipVideoKey(clip);
      const posterKey = clipPosterKey(clip);
      const tracks = written.tracks ?? null;
      const tracksKey = tracks === null ? null : clipTracksKey(clip);
      const finalId = finalClipId(clip);
      const row = ({ sizeBytes, checksum }: WrittenFile) => ({ sizeBytes: BigInt(sizeBytes), checksum });
      // Another server may have stored its own file there since.
      if (!(await isClaimed(clip.id))) throw new AppError('NOT_FOUND');
      try {
        await storage.commit(written.poster.path, posterKey, { ...options, onProgress: () => undefined });
        if (tracks !== null && tracksKey !== null)
          await storage.commit(tracks.path, tracksKey, { ...options, onProgress: () => undefined });
        await storage.commit(written.video.path, videoKey, options);
        await db.$transaction(async (tx) => {
          const video = await tx.file.create({
            data: { ...row(written.video), ...videoRow(finalId, videoKey) },
          });
          const poster = await tx.file.create({
            data: { ...row(written.poster), ...posterRow(finalId, posterKey) },
          });
          const separate =
            tracks === null || tracksKey === null
              ? null
              : await tx.file.create({ data: { ...row(tracks), ...tracksRow(finalId, tracksKey) } });
          const sizeBytes = written.video.sizeBytes + (tracks?.sizeBytes ?? 0);
          const ready = {
            ...columns({ ...written, sizeBytes }, range),
            ...{ fileId: video.id, posterFileId: poster.id, tracksFileId: separate?.id ?? null },
          };
          if (clip.isReplacement)
            await replaceClip(tx, { quota, deletions }, clip, { ready, claimed: claimed(clip.id) });
          else await writeReady(tx, clip, ready);
          await writeRelated(tx, clip, { markers: made.markers, sizeBytes });
        });
      } catch (error) {
        // The transaction may have succeeded although its answer was lost, so a file with a row stays.
        const isReady = await db.file.count({ where: { storageKey: videoKey } });
        const isOthers = await isMadeElsewhere(clip.id);
        if (isReady === 0 && !isOthers) await removeAll(storage, [videoKey, posterKey]);
        if (isReady === 0 && tracksKey !== null) await removeAll(storage, [tracksKey]);
        throw error;
      }
      await feed.announce(finalId);
      if (finalId !== clip.id) feed.announceRemoved(clip.userId, clip.id);
    },

    /** Ends a clip as FAILED and releases its reservation. */
    async fail(clip: ReplayClip, errorCode: AppErrorCode): Promise<void> {
      await db.$transaction(async (tx) => {
        const { count } = await tx.replayClip.updateMany({
          where: claimed(clip.id),
          data: { status: 'FAILED', makerId: null, errorCode, reservedBytes: 0n },
        });
        if (count > 0) await quota.release(tx, clip.userId, toSafeNumber(clip.reservedBytes));
      });
      await feed.announce(clip.id);
    },
  };
}

function columns(
  media: Pick<WrittenClip, 'durationMs' | 'width' | 'height' | 'videoCodec' | 'audioCodec'> & {
    sizeBytes: number;
  },
  range: MadeClip['range'],
) {
  return {
    fromAt: new Date(range.fromMs),
    toAt: new Date(range.toMs),
    durationMs: media.durationMs,
    sizeBytes: BigInt(media.sizeBytes),
    width: media.width,
    height: media.height,
    videoCodec: media.videoCodec,
    audioCodec: media.audioCodec,
  };
}

/** A trim has the voices of the clip that it was cut out of, and their loudness in its range. A joined clip has those of all. */
async function takeVoices(tx: Prisma.TransactionClient, trim: ReplayClip): Promise<void> {
  const { id, trimOfId, isReplacement } = trim;
  if (trim.joinOfIds.length > 0) return takeJoinedVoices(tx, trim);
  if (trimOfId === null) return;
  // Somebody may be taking their voice out at this moment: either the trim knows of that, or they find the trim.
  await tx.$queryRaw`SELECT 1 FROM "ClipVoice" WHERE "clipId" = ${trimOfId}::uuid FOR UPDATE`;
  const source = await tx.replayClip.findUnique({ where: { id: trimOfId }, include: { voices: true } });
  if (source === null) return;
  const share = await tx.clipShareLoudness.findUnique({ where: { clipId: trimOfId } });
  const voices = source.voices.map(({ loudness, ...voice }) => ({
    ...voice,
    loudness: inTrim(loudness, trim),
  }));
  const ofShare = inTrim(share?.loudness ?? null, trim);
  const clipId = finalClipId(trim);
  // What it was cut out of may have been mixed before somebody took their voice out, or before the levels were changed.
  if (source.mixWantedAt !== null || source.voices.some(({ takenOutAt }) => takenOutAt !== null))
    await tx.replayClip.update({ where: { id: clipId }, data: { mixWantedAt: new Date() } });
  if (!isReplacement) {
    await tx.replayClip.update({ where: { id }, data: { shareGainDb: source.shareGainDb } });
    await tx.clipVoice.createMany({ data: voices.map((voice) => ({ ...voice, clipId })) });
    if (source.isSoundIncomplete)
      await tx.replayClip.update({ where: { id }, data: { isSoundIncomplete: true } });
    if (ofShare !== null) await tx.clipShareLoudness.create({ data: { clipId, loudness: ofShare } });
    return;
  }
  for (const { userId, loudness } of voices)
    await tx.clipVoice.updateMany({ where: { clipId, userId }, data: { loudness } });
  if (ofShare !== null)
    await tx.clipShareLoudness.updateMany({ where: { clipId }, data: { loudness: ofShare } });
}

/** @throws AppError JOINED_CLIP_CHANGED when somebody took their voice out of one of the clips after they were to be joined */
async function takeJoinedVoices(tx: Prisma.TransactionClient, joined: ReplayClip): Promise<void> {
  const { id: clipId, joinOfIds } = joined;
  // Somebody may be taking their voice out at this moment: either it is known here, or they find the joined clip.
  await tx.$queryRaw`SELECT 1 FROM "ClipVoice" WHERE "clipId" = ANY(${joinOfIds}::uuid[]) FOR UPDATE`;
  const found = await tx.replayClip.findMany({
    where: { id: { in: joinOfIds } },
    include: { voices: true, shareLoudness: true },
  });
  const sources = joinOfIds.flatMap((id) => found.find((clip) => clip.id === id) ?? []);
  const loudness = (of: (source: (typeof sources)[number]) => Uint8Array | null | undefined) =>
    joinLoudness(sources.map((source) => ({ durationMs: source.durationMs, loudness: of(source) ?? null })));
  const heard = sources.flatMap((source) => source.voices);
  // The joined sound may have been read before that, and nothing could take a voice out of it alone.
  if (hasLostVoice(sources, joined.pressedAt)) throw new AppError('JOINED_CLIP_CHANGED');
  const userIds = new Set(heard.flatMap(({ takenOutAt, userId }) => (takenOutAt === null ? userId : [])));
  if (userIds.size === 0) return;
  await tx.clipVoice.createMany({
    data: [...userIds].map((userId) => ({
      ...{ clipId, userId },
      loudness: loudness(({ voices }) => voices.find((voice) => voice.userId === userId)?.loudness),
    })),
  });
  const ofShare = loudness(({ shareLoudness }) => shareLoudness?.loudness);
  if (ofShare !== null) await tx.clipShareLoudness.create({ data: { clipId, loudness: ofShare } });
  if (sources.some((source) => source.isSoundIncomplete))
    await tx.replayClip.update({ where: { id: clipId }, data: { isSoundIncomplete: true } });
}

function inTrim(
  loudness: Uint8Array<ArrayBuffer> | null,
  { trimFromMs, trimToMs }: ReplayClip,
): Uint8Array<ArrayBuffer> | null {
  if (loudness === null || trimFromMs === null || trimToMs === null) return null;
  return loudness.slice(Math.floor(trimFromMs / PEAK_MS), Math.ceil(trimToMs / PEAK_MS));
}

/** Returns the id of the finished clip: its own, or that of the clip that it replaces. */
function finalClipId({ id, isReplacement, trimOfId }: ReplayClip): string {
  return isReplacement && trimOfId !== null ? trimOfId : id;
}

/** Deletes objects. Those that remain because the storage is unreachable are found by the next search for strays. */
async function removeAll(storage: Pick<ObjectStorage, 'remove'>, keys: readonly StorageKey[]): Promise<void> {
  await Promise.allSettled(keys.map((key) => storage.remove(key)));
}
