import type { ClipExport, PrismaClient } from '@hindsight/db/client';
import type {
  ExportDto,
  ExportInput,
  ExportList,
  ExportPlan,
  ExportRemoved,
} from '@hindsight/shared/clips/export';
import { AppError } from '@hindsight/shared/errors';
import { toSafeNumber } from '@hindsight/shared/units';
import { LRUCache } from 'lru-cache';
import { readStoredTracks } from '../capture/lifecycle/clip-pictures.ts';
import { SHARE_TRACK } from '../capture/mix/separate-tracks.ts';
import { namesOfTracks } from '../clips/track-names.ts';
import type { Quota } from '../quota/quota.service.ts';
import type { Deletions } from '../storage/deletions.ts';
import type { DiskGuard } from '../storage/disk-guard.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import { requireSameClip } from './export-outcome.ts';
import { readChatLimit, type ExportFeed } from './export-feed.ts';
import { ownReadyClip } from './own-clip.ts';
import { clipFacts, separateTracks, type ClipFacts } from './plan/clip-facts.ts';
import { planExport } from './plan/export-plan.ts';

/** A person has at most this many exports that are being made, and this many of them all. */
const MAX_UNFINISHED = 5;
const MAX_KEPT = 50;
/** An encoded file lies on the disk twice more while it is made. */
const SPACE_FACTOR = 2;
/** Each change of the options asks for a plan, so what plans need to know of so many clips stays in memory. */
const MAX_KNOWN_CLIPS = 200;

interface ExportsDependencies {
  db: PrismaClient;
  /** Reads clips also while their files aren't written yet. */
  objects: Pick<ObjectStorage, 'read'>;
  disk: Pick<DiskGuard, 'requireSpace'>;
  quota: Quota;
  deletions: Pick<Deletions, 'enqueue'>;
  feed: Pick<ExportFeed, 'toDto' | 'changed'>;
  enqueue: (row: Pick<ClipExport, 'id' | 'options'>) => Promise<void>;
  /** Stops the work on an export, wherever it is made. */
  stop: (exportId: string) => void;
}

export interface ExportFile {
  storageKey: string;
  sizeBytes: number;
  etag: string;
  title: string;
  createdAt: Date;
  mimeType: string;
  /** The file's ending, without a dot. */
  extension: string;
}

export type Exports = ReturnType<typeof createExports>;

/** Accepts, lists and deletes a user's exports of their own clips. */
export function createExports({
  db,
  objects,
  disk,
  quota,
  deletions,
  feed,
  enqueue,
  stop,
}: ExportsDependencies) {
  const known = new LRUCache<string, ClipFacts>({ max: MAX_KNOWN_CLIPS });

  /** Returns what plans need to know of a clip. A file with another content has another key. */
  async function factsOf(clip: Awaited<ReturnType<typeof ownReadyClip>>): Promise<ClipFacts> {
    const { file, durationMs, tracksFile } = clip;
    const key = `${file.storageKey} ${durationMs} ${file.sizeBytes} ${tracksFile?.storageKey}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const movie = await readStoredTracks(objects, file.storageKey);
    const tracks =
      tracksFile === null
        ? []
        : separateTracks(
            await readStoredTracks(objects, tracksFile.storageKey),
            await namesOfTracks(db, clip, SHARE_TRACK),
          );
    const facts = clipFacts(movie, {
      durationMs,
      sizeBytes: toSafeNumber(file.sizeBytes),
      separateTracks: tracks.length,
    });
    known.set(key, facts);
    return facts;
  }

  /**
   * Deletes exports with their files, and stops those that are being made.
   * @returns the bytes that this frees
   */
  async function drop(userId: string, rows: readonly ClipExport[]): Promise<number> {
    const dropped = await db.$transaction(async (tx) => {
      await quota.lock(tx, userId);
      // One of them may have become READY since.
      const now = await tx.clipExport.findMany({
        where: { id: { in: rows.map(({ id }) => id) } },
        include: { file: true },
      });
      const files = now.flatMap(({ file }) => file ?? []);
      await deletions.enqueue(
        tx,
        files.map(({ storageKey }) => storageKey),
      );
      await tx.clipExport.deleteMany({ where: { id: { in: now.map(({ id }) => id) } } });
      await tx.file.deleteMany({ where: { id: { in: files.map(({ id }) => id) } } });
      for (const row of now) {
        if (row.status === 'PROCESSING') await quota.release(tx, userId, toSafeNumber(row.reservedBytes));
        if (row.status === 'READY') await quota.free(tx, userId, toSafeNumber(row.sizeBytes));
      }
      return now;
    });
    for (const row of dropped) {
      stop(row.id);
      feed.changed(row);
    }
    return dropped.reduce(
      (sum, { status, sizeBytes }) => sum + (status === 'READY' ? toSafeNumber(sizeBytes) : 0),
      0,
    );
  }

  return {
    /**
     * Says what would come out of an export.
     * @throws AppError NOT_FOUND, CLIP_NOT_READY, VALIDATION_FAILED, EXPORT_LIMIT_TOO_SMALL
     */
    async plan(userId: string, { clipId, options }: ExportInput): Promise<ExportPlan> {
      const facts = await factsOf(await ownReadyClip(db, userId, clipId));
      return planExport(options, facts, { chatLimitBytes: await readChatLimit(db) }).plan;
    },

    /**
     * Accepts an export. Answers when it is certain to be made.
     * @throws AppError those of `plan`; QUOTA_EXCEEDED, DISK_LOW, TOO_MANY_EXPORTS
     */
    async create(userId: string, { clipId, options: asked }: ExportInput): Promise<ExportDto> {
      const clip = await ownReadyClip(db, userId, clipId);
      const chatLimitBytes = await readChatLimit(db);
      // The limit of the instance may be another one when the export is made.
      const options = asked.kind === 'chat' ? { limitBytes: chatLimitBytes, ...asked } : asked;
      const { plan } = planExport(options, await factsOf(clip), { chatLimitBytes });
      await disk.requireSpace(plan.maxBytes * SPACE_FACTOR);
      const row = await db.$transaction(async (tx) => {
        await quota.reserve(tx, userId, plan.maxBytes);
        const unfinished = await tx.clipExport.count({ where: { userId, status: 'PROCESSING' } });
        const kept = await tx.clipExport.count({ where: { userId } });
        if (unfinished >= MAX_UNFINISHED || kept >= MAX_KEPT) throw new AppError('TOO_MANY_EXPORTS');
        return tx.clipExport.create({
          data: {
            ...{ userId, clipId, title: clip.title, options },
            ...{ clipFromAt: clip.fromAt, clipToAt: clip.toAt, reservedBytes: BigInt(plan.maxBytes) },
          },
        });
      });
      await enqueue(row);
      feed.changed(row);
      return feed.toDto(row);
    },

    async list(userId: string, { clipId }: { clipId?: string | undefined }): Promise<ExportList> {
      const rows = await db.clipExport.findMany({
        where: { userId, ...(clipId === undefined ? {} : { clipId }) },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: MAX_KEPT,
      });
      return { items: rows.map(feed.toDto), chatLimitBytes: await readChatLimit(db) };
    },

    /**
     * Deletes an export, and cancels it while it is being made.
     * @throws AppError NOT_FOUND
     */
    async remove(userId: string, id: string): Promise<ExportRemoved> {
      const row = await db.clipExport.findFirst({ where: { id, userId } });
      if (row === null) throw new AppError('NOT_FOUND');
      const freedBytes = await drop(userId, [row]);
      return { freedBytes, remainingQuotaBytes: (await quota.mine(userId)).availableBytes };
    },

    /**
     * Finds the file of a user's own export.
     * @throws AppError NOT_FOUND, also while it is being made; CLIP_DELETED, CLIP_TRIMMED, VOICE_TAKEN_OUT when the clip is no longer what was exported
     */
    async file(userId: string, id: string): Promise<ExportFile> {
      const row = await db.clipExport.findFirst({
        where: { id, userId, status: 'READY' },
        include: { file: true },
      });
      if (row?.file == null) throw new AppError('NOT_FOUND');
      await requireSameClip(db, row);
      const { storageKey, createdAt, mimeType, filename, checksum } = row.file;
      return {
        ...{ storageKey, createdAt, mimeType, title: row.title },
        sizeBytes: toSafeNumber(row.file.sizeBytes),
        etag: checksum ?? row.file.id,
        extension: filename.slice(filename.lastIndexOf('.') + 1),
      };
    },

    /**
     * Deletes exports whose time is over, and those of clips that are gone or were trimmed since: what was cut off may have been cut
     * off for a reason. So are those with a voice that was taken out since. A periodic job calls it.
     */
    async removeEnded(nowMs: number): Promise<void> {
      const rows = await db.$queryRaw<{ id: string }[]>`
        SELECT export.id FROM "ClipExport" AS export
        LEFT JOIN "ReplayClip" AS clip ON clip.id = export."clipId"
        WHERE export."endsAt" <= ${new Date(nowMs)}
          OR (export.status = 'READY'
            AND (clip.id IS NULL OR clip."fromAt" <> export."clipFromAt" OR clip."toAt" <> export."clipToAt"
              OR EXISTS (
                SELECT 1 FROM "ClipVoice" AS voice
                WHERE voice."clipId" = clip.id AND voice."takenOutAt" >= export."createdAt")))`;
      if (rows.length === 0) return;
      const ended = await db.clipExport.findMany({ where: { id: { in: rows.map(({ id }) => id) } } });
      for (const row of ended) await drop(row.userId, [row]);
    },
  };
}
