import type { PrismaClient } from '@hindsight/db/client';
import { SECOND } from '@hindsight/shared/units';
import type { BufferKey } from '../buffer/buffer-policy.ts';
import type { DiskGuard } from '../buffer/disk-guard.ts';
import type { TimelineService } from '../buffer/timeline.service.ts';
import { createClipFeed } from '../clips/clip-feed.ts';
import { createClips, type Clips } from '../clips/clips.service.ts';
import type { Servers } from '../cluster/servers.ts';
import type { Access } from '../communities/access.service.ts';
import type { AppEvents } from '../events/events.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Quota } from '../quota/quota.service.ts';
import { createDeletions } from '../storage/deletions.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import { createCaptureMaker } from './capture-maker.ts';
import { createCaptureSource } from './capture-source.ts';
import { createCapture, type Capture, type ClipPosts } from './capture.service.ts';
import { createClipOutcome } from './clip-outcome.ts';
import { createClipWriter } from './clip-writer.ts';
import { createFfmpeg } from './ffmpeg.ts';
import { startFinalizeQueue } from './finalize-queue.ts';
import { createFinalizer } from './finalizer.ts';
import { createPolish } from './polish.ts';
import { startPolishQueue, type PolishQueue } from './polish-queue.ts';
import { enqueueInterrupted, removeStrayObjects, removeStrays, STRAY_AGE_MS } from './recovery.ts';
import { createTrimMaker } from './trim-maker.ts';
import { createTrims, findTrimSource, type Trims } from './trims.service.ts';

/** Beyond what lies between the row of a capture and its job. */
const ACCEPTING_MS = 10 * SECOND;

interface CapturesDependencies {
  db: PrismaClient;
  access: Pick<Access, 'requireChannel'>;
  timeline: Pick<TimelineService, 'kept'>;
  flush: (key: BufferKey) => Promise<void>;
  refresh: (key: BufferKey) => Promise<void>;
  disk: Pick<DiskGuard, 'requireSpace'>;
  quota: Quota;
  events: Pick<AppEvents, 'emit' | 'listen' | 'relay'>;
  jobs: Pick<Jobs, 'work' | 'send'>;
  servers: Pick<Servers, 'id' | 'liveIds'>;
  posts: ClipPosts;
  metrics: Pick<Metrics, 'captureAccepted' | 'clipReady' | 'clipFailed' | 'ffmpegEnded'>;
  log: Log;
  /** Opened. */
  storage: ObjectStorage;
  ffmpegPath: string;
  ffprobePath: string;
}

/** Captures and the clips that come of them, as the rest of the server sees them. */
export interface Captures {
  capture: Capture;
  trims: Trims;
  clips: Clips;
  /** Makes sprites and upgrades sound from now on, in the background. */
  startPolishing(): Promise<PolishQueue>;
  /** Goes on with what servers that have gone were making. For a periodic job. */
  takeUpInterrupted(): Promise<void>;
  /** Deletes the bytes of removed clips. For a periodic job. */
  deleteRemoved(signal: AbortSignal): Promise<void>;
  /** Deletes objects that failures left without a row. For a periodic job. */
  removeStrayObjects(): Promise<void>;
  close(): void;
}

/** Settles what an earlier process left, and starts to work captures off. */
export async function openCaptures(dependencies: CapturesDependencies): Promise<Captures> {
  const { db, access, timeline, flush, refresh, disk, quota, events, jobs, servers, posts, metrics, log } =
    dependencies;
  const { storage, ffmpegPath, ffprobePath } = dependencies;
  const deletions = createDeletions({ db, storage });
  const source = createCaptureSource({ db, timeline, flush, refresh });
  const feed = createClipFeed({
    db,
    events,
    canBeMade: async (clip) =>
      clip.trimFromMs === null ? source.isBuffered(clip) : (await findTrimSource(db, clip)) !== null,
  });
  const ffmpeg = createFfmpeg({ ffmpegPath, ffprobePath, onRunEnded: metrics.ffmpegEnded });
  const finalizer = createFinalizer({
    storage,
    captureMaker: createCaptureMaker({ db, source, writer: createClipWriter({ ffmpeg }), log }),
    trimMaker: createTrimMaker({ db, storage, ffmpeg }),
    outcome: createClipOutcome({ db, storage, quota, deletions, feed, serverId: servers.id }),
    feed,
    metrics,
    log,
  });

  await removeStrays({ db, servers, storage, quota, deletions, log });
  const { enqueue } = await startFinalizeQueue({ jobs, finalizer });
  const interrupted = { db, servers, enqueue, isMaking: finalizer.isMaking, log };
  await enqueueInterrupted({ ...interrupted, acceptedBefore: new Date() });
  const trims = createTrims({ db, storage, disk, quota, feed, enqueue });
  return {
    capture: countAccepted(
      createCapture({ db, access, source, disk, quota, feed, trims, posts, enqueue }),
      metrics,
    ),
    trims,
    clips: createClips({ db, quota, deletions, feed }),
    startPolishing() {
      const polish = createPolish({ db, storage, disk, ffmpeg, quota, deletions, feed, log });
      return startPolishQueue({ jobs, events, polish, log });
    },
    deleteRemoved: deletions.run,
    async removeStrayObjects() {
      await removeStrayObjects({ db, storage }, STRAY_AGE_MS);
    },
    async takeUpInterrupted() {
      await storage.freeAbandoned();
      const acceptedBefore = new Date(Date.now() - ACCEPTING_MS);
      await enqueueInterrupted({ ...interrupted, acceptedBefore });
    },
    close() {
      finalizer.close();
      feed.close();
    },
  };
}

function countAccepted(capture: Capture, metrics: Pick<Metrics, 'captureAccepted'>): Capture {
  return {
    ...capture,
    async accept(user, input) {
      const startedAt = performance.now();
      const result = await capture.accept(user, input);
      metrics.captureAccepted((performance.now() - startedAt) / SECOND);
      return result;
    },
  };
}
