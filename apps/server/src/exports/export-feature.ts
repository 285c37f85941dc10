import type { PrismaClient } from '@hindsight/db/client';
import { SECOND } from '@hindsight/shared/units';
import type { ClipFeed } from '../clips/clip-feed.ts';
import type { Servers } from '../cluster/servers.ts';
import type { AppEvents } from '../events/events.ts';
import type { Ffmpeg } from '../ffmpeg/ffmpeg.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../log.ts';
import type { Quota } from '../quota/quota.service.ts';
import { createDeletions } from '../storage/deletions.ts';
import type { DiskGuard } from '../storage/disk-guard.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import { createChosenPosters, type ChosenPosters } from './chosen-posters.ts';
import { createExportEncoders } from './encoder/export-encoders.ts';
import type { VideoEncoder } from './encoder/video-encoder.ts';
import { createExportFeed } from './export-feed.ts';
import { createExportOutcome } from './export-outcome.ts';
import { startExportQueue } from './export-queue.ts';
import { createExportRunner } from './export-runner.ts';
import { createExports, type Exports } from './exports.service.ts';
import { createExportMaker } from './make/export-maker.ts';

/** An export that is unclaimed for this long was not queued: accepting and queueing take less. */
const ACCEPTING_MS = 10 * SECOND;

interface ExportFeatureDependencies {
  db: PrismaClient;
  ffmpeg: Pick<Ffmpeg, 'run' | 'probe'>;
  /** These are tried before x264. */
  encoders: readonly VideoEncoder[];
  storage: ObjectStorage;
  /** Reads clips also while their files aren't written yet. */
  objects: Pick<ObjectStorage, 'read'>;
  clipFeed: Pick<ClipFeed, 'announce'>;
  /** Resolves when the file of a clip is written. */
  requireFile: (clipId: string, signal: AbortSignal) => Promise<void>;
  disk: Pick<DiskGuard, 'requireSpace'>;
  quota: Quota;
  events: Pick<AppEvents, 'emit' | 'listen'>;
  jobs: Pick<Jobs, 'work' | 'send'>;
  servers: Pick<Servers, 'id' | 'liveIds'>;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
}

export interface ExportFeature {
  exports: Exports;
  posters: ChosenPosters;
  /** Queues exports that nobody makes: because their server is gone, or stopped before queueing them. A periodic job calls it. */
  resumeInterrupted(): Promise<void>;
  close(): Promise<void>;
}

/** Starts to make exports, beginning with those that an earlier process left. */
export async function openExportFeature(dependencies: ExportFeatureDependencies): Promise<ExportFeature> {
  const { db, ffmpeg, storage, objects, requireFile, disk, quota, events, jobs, servers, log } = dependencies;
  const feed = createExportFeed({ events });
  const outcome = createExportOutcome({ db, storage, quota, feed, serverId: servers.id });
  const encoders = createExportEncoders({ ffmpeg, storage, candidates: dependencies.encoders, log });
  const maker = createExportMaker({ ffmpeg, encoders });
  const runner = createExportRunner({ db, storage, requireFile, maker, outcome, feed, log });
  const { enqueue } = await startExportQueue({ jobs, runner });
  const inBackground = (work: Promise<unknown>) =>
    work.catch((error: unknown) => log.warn({ err: error }, 'an export was not ended'));

  const listeners = [
    events.listen('clip', ({ userId, event }, origin) => {
      if (event.type === 'changed') {
        for (const row of runner.stopTrimmed(event.clip))
          void inBackground(outcome.fail(row, { code: 'CLIP_TRIMMED' }));
        return;
      }
      runner.stopClip(event.clipId);
      if (origin === 'here')
        void inBackground(outcome.failClip(userId, event.clipId, { code: 'CLIP_DELETED' }));
    }),
    // It may have been cancelled on another server.
    events.listen('export', ({ exportId, progress }, origin) => {
      if (origin === 'here' || progress !== null || !runner.isRunning(exportId)) return;
      void inBackground(
        db.clipExport
          .count({ where: { id: exportId, status: 'PROCESSING' } })
          .then((count) => count === 0 && runner.stop(exportId)),
      );
    }),
  ];

  async function resumeInterrupted(): Promise<void> {
    const unfinished = await db.clipExport.findMany({ where: { status: 'PROCESSING' } });
    if (unfinished.length === 0) return;
    const live = new Set(await servers.liveIds());
    const acceptedBefore = Date.now() - ACCEPTING_MS;
    for (const row of unfinished) {
      const { id, makerId, updatedAt } = row;
      const isMine = makerId === servers.id;
      const isLeft =
        makerId === null
          ? updatedAt.getTime() < acceptedBefore
          : isMine
            ? !runner.isRunning(id)
            : !live.has(makerId);
      if (isLeft) await enqueue(row);
    }
  }

  await resumeInterrupted();
  const deletions = createDeletions({ db, storage });
  return {
    posters: createChosenPosters({
      ...{ db, storage, ffmpeg, requireFile, deletions, feed: dependencies.clipFeed },
    }),
    exports: createExports({
      ...{ db, objects, disk, quota, feed, enqueue, stop: runner.stop },
      deletions,
    }),
    resumeInterrupted,
    async close() {
      for (const stop of listeners) stop();
      feed.close();
      await encoders.close();
    },
  };
}
