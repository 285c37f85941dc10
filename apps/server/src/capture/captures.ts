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
import { createCapturePlanner } from './capture-planner.ts';
import { createCaptureSource } from './capture-source.ts';
import { createCapture, type Capture, type ClipPosts } from './capture.service.ts';
import { createClipObjects, type ClipObjects } from './clip-objects.ts';
import { createClipOutcome } from './clip-outcome.ts';
import { createClipWriter } from './clip-writer.ts';
import { createFfmpeg } from './ffmpeg.ts';
import { createFileWriter } from './file-writer.ts';
import { startFileQueue, startFinalizeQueue } from './finalize-queue.ts';
import { createFinalizer } from './finalizer.ts';
import { createHeldMedia } from './held-media.ts';
import { createInstantClips, FIRST_LOOK_MS } from './instant-clips.ts';
import type { PlanThread } from './plan-thread.ts';
import { createPolish } from './polish.ts';
import { startPolishQueue, type PolishQueue } from './polish-queue.ts';
import { enqueueInterrupted, removeStrayObjects, removeStrays, STRAY_AGE_MS } from './recovery.ts';
import { createPosters } from './posters.ts';
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
  planThread: Pick<PlanThread, 'plan'>;
  metrics: Pick<Metrics, 'captureAccepted' | 'clipReady' | 'clipFailed' | 'ffmpegEnded'>;
  log: Log;
  /** Opened. */
  storage: ObjectStorage;
  bufferDir: string;
  ffmpegPath: string;
  ffprobePath: string;
  /** How long a new clip is left to who looks at it first; a moment unless told. */
  firstLookMs?: number;
}

/** Captures and the clips that come of them, as the rest of the server sees them. */
export interface Captures {
  capture: Capture;
  trims: Trims;
  clips: Clips;
  /** What clips' files are served from. */
  objects: ClipObjects;
  /** Makes sprites and upgrades sound from now on, in the background. */
  startPolishing(): Promise<PolishQueue>;
  /** Goes on with what servers that have gone were making. For a periodic job. */
  takeUpInterrupted(): Promise<void>;
  /** Deletes the bytes of removed clips. For a periodic job. */
  deleteRemoved(signal: AbortSignal): Promise<void>;
  /** Deletes objects that failures left without a row. For a periodic job. */
  removeStrayObjects(): Promise<void>;
  /** Takes up files that couldn't be written before, and what is held for nothing. For a periodic job. */
  writeUnwritten(): Promise<void>;
  close(): Promise<void>;
}

/** Settles what an earlier process left, and starts to work captures off. */
export async function openCaptures(dependencies: CapturesDependencies): Promise<Captures> {
  const { db, access, timeline, flush, refresh, disk, quota, events, jobs, servers, posts, metrics, log } =
    dependencies;
  const { planThread: thread, storage, bufferDir, ffmpegPath, ffprobePath } = dependencies;
  const held = createHeldMedia({ bufferDir });
  const objects = createClipObjects({ storage, held });
  const deletions = createDeletions({ db, storage });
  const source = createCaptureSource({ db, timeline, flush, refresh });
  const feed = createClipFeed({
    db,
    events,
    canBeMade: async (clip) =>
      clip.trimFromMs === null ? source.isBuffered(clip) : (await findTrimSource(db, clip)) !== null,
  });
  const ffmpeg = createFfmpeg({ ffmpegPath, ffprobePath, onRunEnded: metrics.ffmpegEnded });
  const posters = createPosters({ db, storage, ffmpeg, feed, log });
  const files = createFileWriter({ db, storage, held, posters, feed, log });
  const outcome = createClipOutcome({ db, storage, quota, deletions, feed, serverId: servers.id });
  const planner = createCapturePlanner({ db, source, thread, log });

  await removeStrays({ db, servers, storage, quota, deletions, log });
  const { enqueueFile } = await startFileQueue({ jobs, files });
  const instant = createInstantClips({
    planner,
    held,
    outcome,
    posters,
    enqueueFile,
    releaseUnused: files.releaseUnused,
    async leaveToQueue(clip) {
      if (!finalizer.isMaking(clip.id)) await outcome.giveUp(clip.id);
      await enqueue(clip);
    },
    metrics,
    firstLookMs: dependencies.firstLookMs ?? FIRST_LOOK_MS,
    log,
  });
  const finalizer = createFinalizer({
    storage,
    instant,
    captureMaker: createCaptureMaker({ planner, writer: createClipWriter({ ffmpeg }) }),
    trimMaker: createTrimMaker({ db, storage, ffmpeg, requireFile: files.write }),
    outcome,
    feed,
    metrics,
    log,
  });
  const { enqueue } = await startFinalizeQueue({ jobs, finalizer });
  const isMaking = (clipId: string) => finalizer.isMaking(clipId) || instant.isSettling(clipId);
  const { settleSoon, settleAccepted } = instant;
  const interrupted = { db, servers, settleSoon, enqueue, isMaking, log };
  await enqueueInterrupted({ ...interrupted, acceptedBefore: new Date() });
  const writeUnwritten = async () => {
    await files.releaseStrays();
    for (const clipId of await files.unwrittenIds()) await enqueueFile(clipId);
  };
  const trims = createTrims({ db, storage: objects, disk, quota, feed, enqueue });
  return {
    capture: countAccepted(
      createCapture({
        ...{ db, access, source, disk, quota, feed, trims, posts, enqueue, settleSoon },
        settleAccepted,
        serverId: servers.id,
      }),
      metrics,
    ),
    trims,
    clips: createClips({ db, quota, deletions, feed }),
    objects,
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
    writeUnwritten,
    async close() {
      finalizer.close();
      await instant.close();
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
