import type { PrismaClient, ReplayClip } from '@hindsight/db/client';
import { HOUR } from '@hindsight/shared/units';
import type { Servers } from '../../cluster/servers.ts';
import type { Log } from '../../log.ts';
import type { Quota } from '../../quota/quota.service.ts';
import type { Deletions } from '../../storage/deletions.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import { isFromBuffer } from '../lifecycle/clip-source.ts';
import type { FinalizeQueue } from './finalize-queue.ts';

interface StrayObjectDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'list' | 'remove'>;
}

interface StrayDependencies extends StrayObjectDependencies {
  servers: Pick<Servers, 'liveIds'>;
  quota: Pick<Quota, 'recountReserved'>;
  deletions: Pick<Deletions, 'enqueue'>;
  log: Pick<Log, 'info'>;
}

/** An object of this age that has no row never gets one, even while clips are being made. */
export const STRAY_AGE_MS = HOUR;

/**
 * Removes what a crash left behind. It runs before this server makes any clip. While other servers make clips, a new
 * object may not have its row yet, so recent objects are only removed when no other server runs.
 */
export async function removeStrays(dependencies: StrayDependencies): Promise<void> {
  const { servers, quota, log } = dependencies;
  const isAlone = (await servers.liveIds()).length === 1;
  const objects = await removeStrayObjects(dependencies, isAlone ? 0 : STRAY_AGE_MS);
  const files = await removeStrayFiles(dependencies);
  await quota.recountReserved();
  if (objects + files > 0) log.info({ objects, files }, 'removed stray files of clips');
}

interface InterruptedDependencies {
  db: PrismaClient;
  servers: Pick<Servers, 'id' | 'liveIds'>;
  /** Says whether this server is making the clip. */
  isMaking: (clipId: string) => boolean;
  /** Younger clips may be about to be queued. */
  acceptedBefore: Date;
  /** Starts making a capture. */
  makeSoon: (clip: Pick<ReplayClip, 'id'>) => void;
  /** Queues a trim or a join. */
  enqueue: FinalizeQueue['enqueue'];
  log: Pick<Log, 'info'>;
}

/**
 * Resumes every accepted capture that nobody makes: because its server is gone, stopped before queueing it, or couldn't
 * continue without the database.
 */
export async function enqueueInterrupted({
  db,
  servers,
  makeSoon,
  enqueue,
  isMaking,
  acceptedBefore,
  log,
}: InterruptedDependencies): Promise<void> {
  const unfinished = await db.replayClip.findMany({
    where: { status: 'PROCESSING' },
    orderBy: { pressedAt: 'asc' },
    select: { id: true, trimFromMs: true, joinOfIds: true, makerId: true, updatedAt: true },
  });
  if (unfinished.length === 0) return;
  const live = new Set(await servers.liveIds());
  const clips = unfinished.filter(({ id, makerId, updatedAt }) => {
    if (makerId === null) return updatedAt < acceptedBefore;
    return makerId === servers.id ? !isMaking(id) : !live.has(makerId);
  });
  for (const clip of clips) {
    if (isFromBuffer(clip)) makeSoon(clip);
    else await enqueue(clip);
  }
  if (clips.length > 0) log.info({ clips: clips.length }, 'resumed interrupted captures');
}

/** Removes objects that were stored before a crash, but got no row. */
export async function removeStrayObjects(
  { db, storage }: StrayObjectDependencies,
  minAgeMs: number,
): Promise<number> {
  const newest = Date.now() - minAgeMs;
  let removed = 0;
  for await (const objects of storage.list()) {
    const keys = objects.filter(({ modifiedAt }) => modifiedAt.getTime() <= newest).map(({ key }) => key);
    const files = await db.file.findMany({
      where: { storageKey: { in: keys } },
      select: { storageKey: true },
    });
    const known = new Set(files.map((file) => file.storageKey));
    for (const key of keys.filter((one) => !known.has(one))) {
      await storage.remove(key);
      removed += 1;
    }
  }
  return removed;
}

/** Removes file rows whose clips were deleted with their owner. */
async function removeStrayFiles({ db, deletions }: StrayDependencies): Promise<number> {
  return db.$transaction(async (tx) => {
    // Files that are to be deleted later are kept until then, for their current viewers.
    const kept = await tx.storageDeletion.findMany({ select: { storageKey: true } });
    const stray = await tx.file.findMany({
      where: {
        ...{ replayClips: { none: {} }, posterOf: { none: {} }, spriteOf: { none: {} } },
        ...{ exportOf: null, smallCopyOf: null, tracksOf: null },
        storageKey: { notIn: kept.map((deletion) => deletion.storageKey) },
      },
      select: { id: true, storageKey: true },
    });
    await deletions.enqueue(
      tx,
      stray.map((file) => file.storageKey),
    );
    const { count } = await tx.file.deleteMany({ where: { id: { in: stray.map((file) => file.id) } } });
    return count;
  });
}
