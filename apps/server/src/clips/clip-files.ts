import type { File, Prisma, PrismaClient, ReplayClip } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { idSchema } from '@hindsight/shared/ids';
import { toSafeNumber } from '@hindsight/shared/units';
import type { Deletions } from '../storage/deletions.ts';
import type { StorageKey } from '../storage/storage-key.ts';

/** The small kind is the clip's small copy, or its video while there is none. */
export type ClipFileKind = 'video' | 'small' | 'poster' | 'sprite';

/** A clip file has what is needed to serve it. */
export interface ClipFile {
  storageKey: StorageKey;
  sizeBytes: number;
  /** The entity tag is equal only for equal bytes. */
  etag: string;
  title: string;
  createdAt: Date;
}

/** A clip's video, as it is stored. */
export interface ClipVideo extends ClipFile {
  /** An edit list may hide pictures before its start. */
  mayHideLeadIn: boolean;
  /** The true time of the clip's start, in epoch ms. */
  recordedAtMs: number;
}

/** These columns name the files that a clip has now. */
export const CLIP_FILE_IDS = {
  id: true,
  fileId: true,
  tracksFileId: true,
  smallFileId: true,
  posterFileId: true,
  spriteFileId: true,
} satisfies Prisma.ReplayClipSelect;
type ClipFileIds = Pick<ReplayClip, keyof typeof CLIP_FILE_IDS>;

/** Returns the file name in the rows of a clip's videos. An earlier video is found by it after it was replaced. */
export function videoFilename(clipId: string): string {
  return `${clipId}.mp4`;
}

/**
 * Finds a file of a clip that the caller may see. `version` is the id of the file that the client began with. That file
 * is returned as long as it is kept, otherwise the newest.
 * @throws AppError NOT_FOUND, CLIP_NOT_READY
 */
export async function findClipFile(
  db: PrismaClient,
  clipId: string,
  kind: ClipFileKind,
  version?: string,
): Promise<ClipVideo> {
  const isVideo = kind === 'video' || kind === 'small';
  const row = await db.replayClip.findFirst({
    where: { id: clipId, removedAt: null },
    // Only the needed table is joined, because a seeking player sends many requests.
    include: {
      file: isVideo,
      smallFile: kind === 'small',
      posterFile: kind === 'poster',
      spriteFile: kind === 'sprite',
    },
  });
  if (row === null) throw new AppError('NOT_FOUND');
  if (row.status !== 'READY') throw new AppError('CLIP_NOT_READY');
  const isBegunWithWhole = version !== undefined && version === row.fileId;
  const small = isBegunWithWhole ? null : row.smallFile;
  // What isn't joined is undefined, whatever its type says.
  const newest = small ?? row.file ?? row.posterFile ?? row.spriteFile ?? null;
  const file = (isVideo && (await findEarlierVideo(db, row, version))) || newest;
  if (file === null) throw new AppError('NOT_FOUND');
  const { storageKey, createdAt } = file;
  const etag = etagOf(file);
  return {
    ...{ storageKey, etag, createdAt, sizeBytes: toSafeNumber(file.sizeBytes), title: row.title },
    // Post-processing gives a clip sound as AAC and an exact start at once. Of a clip without sound only its file can tell.
    mayHideLeadIn:
      isVideo && file.id !== row.smallFileId && !(file.id === row.fileId && row.audioCodec === 'aac'),
    recordedAtMs: row.fromAt.getTime(),
  };
}

/** Returns the entity tag of a stored video, which is equal only for equal bytes. */
export function etagOf({ etag, checksum, id }: Pick<File, 'etag' | 'checksum' | 'id'>): string {
  return etag ?? checksum ?? id;
}

async function findEarlierVideo(
  db: PrismaClient,
  clip: { id: string; fileId: string | null },
  version: string | undefined,
): Promise<File | null> {
  const id = idSchema.safeParse(version);
  if (!id.success || id.data === clip.fileId) return null;
  return db.file.findFirst({
    where: { id: id.data, resourceType: 'REPLAY_CLIP', filename: videoFilename(clip.id) },
  });
}

/**
 * Queues all files of a clip for deletion, earlier versions too. None of them is served from now on.
 * @param keptId a file that stays
 */
export async function dropClipFiles(
  tx: Prisma.TransactionClient,
  deletions: Pick<Deletions, 'enqueue'>,
  clip: ClipFileIds,
  keptId?: string,
): Promise<void> {
  const { fileId, tracksFileId, smallFileId, posterFileId, spriteFileId } = clip;
  const ids = [fileId, tracksFileId, smallFileId, posterFileId, spriteFileId].filter((id) => id !== null);
  const files = await tx.file.findMany({
    where: {
      OR: [{ id: { in: ids } }, { resourceType: 'REPLAY_CLIP', filename: videoFilename(clip.id) }],
      ...(keptId === undefined ? {} : { NOT: { id: keptId } }),
    },
    select: { id: true, storageKey: true },
  });
  await deletions.enqueue(
    tx,
    files.map((file) => file.storageKey),
  );
  await tx.file.deleteMany({ where: { id: { in: files.map((file) => file.id) } } });
}

/** Queues the small copy of a clip for deletion, if there is one. It isn't served from now on. */
export async function dropSmallCopy(
  tx: Prisma.TransactionClient,
  deletions: Pick<Deletions, 'enqueue'>,
  clipId: string,
): Promise<void> {
  const file = await tx.file.findFirst({ where: { smallCopyOf: { id: clipId } } });
  if (file === null) return;
  await deletions.enqueue(tx, [file.storageKey]);
  await tx.file.delete({ where: { id: file.id } });
}
