import type { PrismaClient, ReplayClip } from '@hindsight/db/client';
import { HOUR } from '@hindsight/shared/units';
import type { Servers } from '../../cluster/servers.ts';
import type { Log } from '../../log.ts';
import type { Quota } from '../../quota/quota.service.ts';
import type { Deletions } from '../../storage/deletions.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
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

/** While clips are made, an object that is older has its row or never gets one. */
export const STRAY_AGE_MS = HOUR;

/**
 * Removes what a crash left behind. Runs before any clip is made here; while other servers make some, an object may be new
 * and not have its row yet, so objects are left to a start without others.
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
  /** Whether this server is at it. */
  isMaking: (clipId: string) => boolean;
  /** Younger ones may be just about to be queued. */
  acceptedBefore: Date;
  /** Has a capture made. */
  settleSoon: (clip: Pick<ReplayClip, 'id'>) => void;
  /** Has a trim made. */
  enqueue: FinalizeQueue['enqueue'];
  log: Pick<Log, 'info'>;
}

/**
 * Takes up every capture that was accepted and that nobody makes: its server has gone, or did so before it was queued, or
 * could not go on for want of the database.
 */
export async function enqueueInterrupted({
  db,
  servers,
  settleSoon,
  enqueue,
  isMaking,
  acceptedBefore,
  log,
}: InterruptedDependencies): Promise<void> {
  const unfinished = await db.replayClip.findMany({
    where: { status: 'PROCESSING' },
    orderBy: { pressedAt: 'asc' },
    select: { id: true, trimFromMs: true, makerId: true, updatedAt: true },
  });
  if (unfinished.length === 0) return;
  const live = new Set(await servers.liveIds());
  const clips = unfinished.filter(({ id, makerId, updatedAt }) => {
    if (makerId === null) return updatedAt < acceptedBefore;
    return makerId === servers.id ? !isMaking(id) : !live.has(makerId);
  });
  for (const clip of clips) {
    if (clip.trimFromMs === null) settleSoon(clip);
    else await enqueue(clip);
  }
  if (clips.length > 0) log.info({ clips: clips.length }, 'took up interrupted captures');
}

/** Objects that got their name before a crash, but not their row. */
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

/** Rows whose clips went with their owner. */
async function removeStrayFiles({ db, deletions }: StrayDependencies): Promise<number> {
  return db.$transaction(async (tx) => {
    // What is to be deleted later is kept until then, for those who are watching it.
    const kept = await tx.storageDeletion.findMany({ select: { storageKey: true } });
    const stray = await tx.file.findMany({
      where: {
        ...{ replayClips: { none: {} }, posterOf: { none: {} }, spriteOf: { none: {} } },
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
