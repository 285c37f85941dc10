import type { PrismaClient, ReplayClip } from '@hindsight/db/client';
import { MAX_CLIP_MS, type ClipDto, type ClipJoinInput } from '@hindsight/shared/clips/clip';
import { titleOfOtherLength } from '@hindsight/shared/clips/default-title';
import { AppError } from '@hindsight/shared/errors';
import type { DiskGuard } from '../../storage/disk-guard.ts';
import { CLIP_INCLUDE, type ClipFeed } from '../../clips/clip-feed.ts';
import type { Quota } from '../../quota/quota.service.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import { readStoredTracks } from '../lifecycle/clip-pictures.ts';
import { hasLostVoice } from '../lifecycle/clip-source.ts';
import { requireCaptureSlot } from '../lifecycle/running-captures.ts';
import { planJoin, type JoinPlan } from './join-plan.ts';

interface JoinsDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'read'>;
  disk: Pick<DiskGuard, 'requireSpace'>;
  quota: Quota;
  feed: Pick<ClipFeed, 'announce' | 'toDto'>;
  /** Queues a clip that is to be made. */
  enqueue: (clip: ReplayClip) => Promise<void>;
}

/** These columns make a clip a joined one. */
type JoinColumns = Pick<ReplayClip, 'userId' | 'joinOfIds' | 'durationMs' | 'pressedAt'>;

export type Joins = ReturnType<typeof createJoins>;

/**
 * Returns the clips that one is joined from, in order, with their files. Returns null when one has been deleted, or trimmed in its
 * place, which makes it shorter, or when a voice was taken out of one after they were to be joined.
 */
export async function findJoinSources(db: PrismaClient, join: JoinColumns) {
  const found = await db.replayClip.findMany({
    where: { id: { in: join.joinOfIds }, userId: join.userId, status: 'READY', removedAt: null },
    include: { file: true, markers: true, voices: true, shareLoudness: true },
  });
  const sources = join.joinOfIds.map((id) => found.find((clip) => clip.id === id));
  const there = sources.flatMap((clip) => (clip?.file == null ? [] : [{ ...clip, file: clip.file }]));
  const durationMs = there.reduce((sum, clip) => sum + clip.durationMs, 0);
  const isChanged = durationMs !== join.durationMs || hasLostVoice(there, join.pressedAt);
  return there.length === sources.length && !isChanged ? there : null;
}

/** Accepts joins. A joined clip has a row like a capture that is being made, but its media comes from other clips. */
export function createJoins({ db, storage, disk, quota, feed, enqueue }: JoinsDependencies) {
  async function plan(
    sources: readonly { file: { storageKey: string } | null; durationMs: number }[],
  ): Promise<JoinPlan> {
    const clips = [];
    for (const { file, durationMs } of sources)
      clips.push({ durationMs, movie: await readStoredTracks(storage, file?.storageKey ?? '') });
    const planned = planJoin(clips);
    if (planned === null) throw new AppError('NOT_FOUND');
    return planned;
  }

  return {
    /**
     * Accepts clips to join. Answers when the joined clip is certain to be made.
     * @throws AppError NOT_FOUND, CLIP_NOT_READY, VALIDATION_FAILED, DISK_LOW, QUOTA_EXCEEDED, TOO_MANY_CAPTURES
     */
    async accept(userId: string, { clipIds, title }: ClipJoinInput): Promise<ClipDto> {
      const rows = await db.replayClip.findMany({
        where: { id: { in: clipIds }, userId, removedAt: null },
        include: { file: true },
      });
      const sources = clipIds.flatMap((id) => rows.find((row) => row.id === id) ?? []);
      const [first] = sources;
      if (first === undefined || sources.length < clipIds.length) throw new AppError('NOT_FOUND');
      if (sources.some(({ status }) => status !== 'READY')) throw new AppError('CLIP_NOT_READY');
      const durationMs = sources.reduce((sum, source) => sum + source.durationMs, 0);
      if (durationMs > MAX_CLIP_MS)
        throw new AppError('VALIDATION_FAILED', { detail: 'Together the clips are too long.' });
      const { maxBytes } = await plan(sources);
      await disk.requireSpace(maxBytes);
      const isSame = (of: 'communityId' | 'channelId') => sources.every((source) => source[of] === first[of]);
      const toMs = Math.max(
        ...sources.map(({ toAt }) => toAt.getTime()),
        first.fromAt.getTime() + durationMs,
      );

      const row = await db.$transaction(async (tx) => {
        await quota.reserve(tx, userId, maxBytes);
        const created = await tx.replayClip.create({
          data: {
            userId,
            communityId: isSame('communityId') ? first.communityId : null,
            channelId: isSame('channelId') ? first.channelId : null,
            roomName: first.roomName,
            title: title ?? titleOfOtherLength(first, durationMs),
            fromAt: first.fromAt,
            toAt: new Date(toMs),
            durationMs,
            reservedBytes: BigInt(maxBytes),
            joinOfIds: clipIds,
          },
          include: CLIP_INCLUDE,
        });
        await requireCaptureSlot(tx, userId);
        return created;
      });
      await enqueue(row);
      await feed.announce(row.id);
      return feed.toDto(row);
    },

    /** Returns the bytes that a failed join would need now, or null when one of its clips is gone. */
    async remakeBytes(clip: JoinColumns): Promise<number | null> {
      const sources = await findJoinSources(db, clip);
      return sources === null ? null : (await plan(sources)).maxBytes;
    },
  };
}
