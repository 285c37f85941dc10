import type { PrismaClient } from '@hindsight/db/client';
import { SECOND } from '@hindsight/shared/units';
import type { BufferKey } from '../buffer/buffer-policy.ts';
import type { DiskGuard } from '../storage/disk-guard.ts';
import type { VoiceLanes } from '../buffer/voice-lanes.ts';
import type { KeptSession, TimelineService } from '../buffer/timeline.service.ts';
import { createClipFeed, type ClipFeed } from '../clips/clip-feed.ts';
import { findClipFile } from '../clips/clip-files.ts';
import { createClips, type Clips } from '../clips/clips.service.ts';
import type { ExactVideos } from '../clips/exact-videos.ts';
import { createTrackDownloads, type TrackDownloads } from '../clips/track-downloads.ts';
import type { VoiceConsentRules } from '../consent/voice-consent.ts';
import type { Servers } from '../cluster/servers.ts';
import type { Access } from '../access/access.service.ts';
import type { AppEvents } from '../events/events.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Quota } from '../quota/quota.service.ts';
import { createDeletions } from '../storage/deletions.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import { createBufferClipMaker } from './encode/buffer-clip-maker.ts';
import { createCapturePlanner } from './plan/capture-planner.ts';
import { createBufferedPieces } from './plan/buffered-pieces.ts';
import { createAcceptance, type Capture, type ClipPosts } from './accept/acceptance.service.ts';
import { createClipObjects, type ClipObjects } from './instant/clip-objects.ts';
import { createClipOutcome } from './lifecycle/clip-outcome.ts';
import { createPressBurst, type PressBurst } from './accept/press-burst.ts';
import { createClipEncoder } from './encode/clip-encoder.ts';
import { createFfmpeg, type Ffmpeg } from '../ffmpeg/ffmpeg.ts';
import { createClipFileWriter, type ClipFileWriter } from './instant/clip-file-writer.ts';
import { createClipLoudness } from './instant/clip-loudness.ts';
import { createClipTracks } from './instant/clip-tracks.ts';
import { createExactStarts } from './exact/exact-starts.ts';
import { createFinalizeQueue, startFileQueue } from './encode/finalize-queue.ts';
import { createFinalizer } from './encode/finalizer.ts';
import { createMixedChunks } from './instant/mixed-chunks.ts';
import { createPinnedSegments } from './instant/pinned-segments.ts';
import { createInstantClips, FINISH_DELAY_MS } from './instant/instant-clips.ts';
import type { MixThreads } from './mix/mix-threads.ts';
import { SHARE_TRACK } from './mix/separate-tracks.ts';
import { createKeptMicrophones } from './plan/kept-microphones.ts';
import type { PlanThread } from './plan/plan-thread.ts';
import { createClipChange } from './post-process/clip-change.ts';
import { createPostProcess } from './post-process/post-process.ts';
import { startPostProcessQueue, type PostProcessQueue } from './post-process/post-process-queue.ts';
import { createSmallCopies } from './small-copy/small-copies.ts';
import { SMALL_COPY_MAX_BYTES } from './small-copy/small-copy-args.ts';
import { startSmallCopyQueue, type SmallCopyQueue } from './small-copy/small-copy-queue.ts';
import { enqueueInterrupted, removeStrayObjects, removeStrays, STRAY_AGE_MS } from './encode/recovery.ts';
import { createJoinMaker } from './join/join-maker.ts';
import { createJoins, findJoinSources, type Joins } from './join/joins.service.ts';
import { isFromBuffer } from './lifecycle/clip-source.ts';
import { createClipLevels, type ClipLevelsService } from './remix/clip-levels.service.ts';
import { createClipVoices, type ClipVoices } from './remix/clip-voices.service.ts';
import { startRemixQueue } from './remix/remix-queue.ts';
import { createRemixes } from './remix/remixes.ts';
import { createPosters } from './lifecycle/posters.ts';
import { createTrimMaker } from './trim/trim-maker.ts';
import { createTrims, findTrimSource, type Trims } from './trim/trims.service.ts';

/** A clip that is unclaimed for this long was not queued: accepting and queueing take less. */
const ACCEPTING_MS = 10 * SECOND;

interface CaptureFeatureDependencies {
  db: PrismaClient;
  access: Pick<Access, 'requireChannel'>;
  timeline: Pick<TimelineService, 'kept' | 'keptOf' | 'keptSessions'>;
  flush: (key: BufferKey) => Promise<void>;
  refresh: (session: KeptSession) => Promise<void>;
  disk: Pick<DiskGuard, 'requireSpace'>;
  /** It guards the space that an accepted capture needs until its file is written. */
  captureSpace: Pick<DiskGuard, 'requireSpace'>;
  quota: Quota;
  events: Pick<AppEvents, 'emit' | 'listen' | 'relay'>;
  jobs: Pick<Jobs, 'work' | 'send'>;
  servers: Pick<Servers, 'id' | 'liveIds'>;
  posts: ClipPosts;
  planThread: Pick<PlanThread, 'plan'>;
  mixThreads: Pick<
    MixThreads,
    | 'mix'
    | 'hurry'
    | 'loudness'
    | 'separate'
    | 'cutTracks'
    | 'layOutDownload'
    | 'mixTracks'
    | 'writeMix'
    | 'omitTracks'
    | 'planExactHead'
    | 'layOutExact'
  >;
  lanes: Pick<VoiceLanes, 'list'>;
  consent: Pick<VoiceConsentRules, 'allowedIn'>;
  metrics: Pick<Metrics, 'captureAccepted' | 'clipReady' | 'clipFailed' | 'ffmpegEnded'>;
  log: Log;
  /** The storage is already opened. */
  storage: ObjectStorage;
  bufferDir: string;
  ffmpegPath: string;
  ffprobePath: string;
  /** The poster and the file of a new clip wait this long (default `FINISH_DELAY_MS`). */
  finishDelayMs?: number;
}

/** The feature makes captures and serves the clips that they become. This is what the rest of the server uses of it. */
export interface CaptureFeature {
  capture: Capture;
  trims: Trims;
  joins: Joins;
  clips: Clips;
  /** Reads the files of clips. */
  objects: ClipObjects;
  trackDownloads: TrackDownloads;
  /** Gives clips to other programs, in which nothing lies before their start. */
  exactVideos: ExactVideos;
  voices: ClipVoices;
  levels: ClipLevelsService;
  /** Resolves when the file of a clip is written, with the sound that it should have. */
  requireFile: ClipFileWriter['write'];
  ffmpeg: Ffmpeg;
  feed: Pick<ClipFeed, 'announce'>;
  /** Starts making sprites and upgrading sound, in the background. */
  startPostProcessing(): Promise<PostProcessQueue>;
  /** Starts making small copies, by default of up to `SMALL_COPY_MAX_BYTES`, of larger clips that have a public link. */
  startSmallCopies(options?: { maxBytes?: number }): Promise<SmallCopyQueue>;
  /** Resumes captures of servers that are gone. A periodic job calls it. */
  resumeInterrupted(): Promise<void>;
  /** Deletes the files of removed clips. A periodic job calls it. */
  deleteRemoved(signal: AbortSignal): Promise<void>;
  /** Deletes objects that failures left without a row. A periodic job calls it. */
  removeStrayObjects(): Promise<void>;
  /**
   * Queues files that couldn't be written before, and clips that couldn't be mixed anew, and releases pinned segments that no clip
   * needs. A periodic job calls it.
   */
  writeUnwritten(): Promise<void>;
  close(): Promise<void>;
}

/** Cleans up and resumes what an earlier process left, and starts to make captures. */
export async function openCaptureFeature(dependencies: CaptureFeatureDependencies): Promise<CaptureFeature> {
  const { db, access, timeline, flush, refresh, disk, quota, events, jobs, servers, posts, metrics, log } =
    dependencies;
  const { planThread: thread, storage, bufferDir, ffmpegPath, ffprobePath } = dependencies;
  const { mixThreads, lanes, consent } = dependencies;
  const microphones = createKeptMicrophones({ lanes, consent });
  const pinned = createPinnedSegments({ bufferDir });
  const deletions = createDeletions({ db, storage });
  const source = createBufferedPieces({ db, timeline, flush, refresh });
  const feed = createClipFeed({
    db,
    events,
    async canBeMade(clip) {
      if (isFromBuffer(clip)) return source.isBuffered(clip);
      const find = clip.trimFromMs === null ? findJoinSources : findTrimSource;
      return (await find(db, clip)) !== null;
    },
  });
  const mixes = createMixedChunks({
    thread: mixThreads,
    async onIncomplete(clipId, isSoundIncomplete) {
      await db.replayClip.updateMany({ where: { id: clipId }, data: { isSoundIncomplete } });
      await feed.announce(clipId);
    },
    log,
  });
  const objects = createClipObjects({ storage, pinned, mixes });
  const ffmpeg = createFfmpeg({ ffmpegPath, ffprobePath, onRunEnded: metrics.ffmpegEnded });
  const exactStarts = createExactStarts({ objects, temp: storage, ffmpeg, thread: mixThreads, log });
  const posters = createPosters({ db, storage, ffmpeg, feed, log });
  const loudness = createClipLoudness({ db, thread: mixThreads });
  const tracks = createClipTracks({ db, storage, quota, thread: mixThreads, log });
  const files = createClipFileWriter({ db, storage, pinned, mixes, loudness, tracks, posters, feed, log });
  const remixes = createRemixes({
    ...{ db, storage, disk, ffmpeg, quota, deletions, log },
    thread: mixThreads,
    clipChange: createClipChange({ db, storage, feed }),
    requireFile: files.write,
  });
  /** Whoever makes something of a clip's file must not get a voice that was taken out of it. */
  const requireFile = async (clipId: string, signal: AbortSignal) => {
    await files.write(clipId, signal);
    await remixes.run(clipId, signal);
  };
  const outcome = createClipOutcome({ db, storage, quota, deletions, feed, serverId: servers.id });
  const planner = createCapturePlanner({ db, source, thread, microphones, log });

  await removeStrays({ db, servers, storage, quota, deletions, log });
  const { enqueueFile } = await startFileQueue({ jobs, files });
  const { enqueueRemix } = await startRemixQueue({ jobs, remixes });
  const finalizing = new Map<string, AbortController>();
  const finalizeQueue = createFinalizeQueue({ jobs });
  const burst = createPressBurst();
  const instant = createInstantClips({
    planner,
    pinned,
    mixes,
    outcome,
    posters,
    enqueueFile,
    prepareExact: async (clipId) => exactStarts.prepare(await findClipFile(db, clipId, 'video')),
    releaseUnused: files.releaseUnused,
    async leaveToQueue(clip) {
      if (!finalizing.has(clip.id)) await outcome.giveUp(clip.id);
      await finalizeQueue.enqueue(clip);
    },
    pressesAccepted: burst.end,
    metrics,
    finishDelayMs: dependencies.finishDelayMs ?? FINISH_DELAY_MS,
    log,
  });
  const finalizer = createFinalizer({
    storage,
    instant,
    captureMaker: createBufferClipMaker({ planner, writer: createClipEncoder({ ffmpeg }), log }),
    trimMaker: createTrimMaker({ db, storage, ffmpeg, thread: mixThreads, requireFile }),
    joinMaker: createJoinMaker({ db, storage, ffmpeg, requireFile }),
    outcome,
    feed,
    metrics,
    log,
    running: finalizing,
  });
  await finalizeQueue.start(finalizer);
  const { enqueue } = finalizeQueue;
  const isMaking = (clipId: string) => finalizing.has(clipId) || instant.isMaking(clipId);
  const { makeSoon, makeAccepted } = instant;
  const interrupted = { db, servers, makeSoon, enqueue, isMaking, log };
  await enqueueInterrupted({ ...interrupted, acceptedBefore: new Date() });
  const writeUnwritten = async () => {
    await files.releaseStrays();
    for (const clipId of await files.unwrittenIds()) await enqueueFile(clipId);
    for (const clipId of await remixes.wantedIds()) await enqueueRemix(clipId);
  };
  const trims = createTrims({ db, storage: objects, disk, quota, feed, enqueue });
  const joins = createJoins({ db, storage: objects, disk, quota, feed, enqueue });
  return {
    capture: countAccepted(
      createAcceptance({
        ...{ db, access, source, quota, feed, trims, joins, posts, enqueue, makeSoon },
        disk: dependencies.captureSpace,
        makeAccepted,
        serverId: servers.id,
      }),
      { burst, metrics },
    ),
    trims,
    joins,
    clips: createClips({ db, quota, deletions, feed }),
    objects,
    trackDownloads: createTrackDownloads({
      ...{ db, storage: objects, layOut: mixThreads.layOutDownload, shareTrack: SHARE_TRACK },
      beginning: exactStarts.beginning,
    }),
    exactVideos: exactStarts,
    voices: createClipVoices({ db, feed, enqueueRemix }),
    levels: createClipLevels({ db, feed, enqueueRemix }),
    requireFile,
    ffmpeg,
    feed,
    startPostProcessing() {
      const postProcess = createPostProcess({
        ...{ db, storage, disk, ffmpeg, quota, deletions, feed, log, exactStarts },
      });
      return startPostProcessQueue({ jobs, events, postProcess, log });
    },
    startSmallCopies({ maxBytes = SMALL_COPY_MAX_BYTES } = {}) {
      const clipChange = createClipChange({ db, storage, feed });
      const copies = createSmallCopies({ db, storage, disk, ffmpeg, deletions, clipChange, maxBytes });
      return startSmallCopyQueue({ jobs, events, copies, maxBytes, log });
    },
    deleteRemoved: deletions.run,
    async removeStrayObjects() {
      await removeStrayObjects({ db, storage }, STRAY_AGE_MS);
    },
    async resumeInterrupted() {
      await storage.freeAbandoned();
      const acceptedBefore = new Date(Date.now() - ACCEPTING_MS);
      await enqueueInterrupted({ ...interrupted, acceptedBefore });
    },
    writeUnwritten,
    async close() {
      finalizer.close();
      await Promise.all([instant.close(), exactStarts.close()]);
      feed.close();
    },
  };
}

function countAccepted(
  capture: Capture,
  { burst, metrics }: { burst: PressBurst; metrics: Pick<Metrics, 'captureAccepted'> },
): Capture {
  return {
    ...capture,
    async accept(user, input, receivedAtMs) {
      const startedAt = performance.now();
      const result = await burst.accept(() => capture.accept(user, input, receivedAtMs));
      metrics.captureAccepted((performance.now() - startedAt) / SECOND);
      return result;
    },
  };
}
