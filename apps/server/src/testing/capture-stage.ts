import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openTestDatabase } from '@hindsight/db/testing';
import type { Database } from '@hindsight/db/database';
import { writeSyntheticSession, type SyntheticSessionOptions } from '@hindsight/rig/media/synthetic-buffer';
import { formatPlaylist, type PlaylistEntry } from '@hindsight/recorder/segments/hls-playlist';
import { RECORDED_MEDIA } from '@hindsight/recorder/testing/egress/recorded';
import type { ClipDto, ClipJoinInput, ClipPhase, ClipTrimInput } from '@hindsight/shared/clips/clip';
import type { CaptureResult } from '@hindsight/shared/replay/replay';
import { GiB, MINUTE } from '@hindsight/shared/units';
import { createDiskGuard } from '../storage/disk-guard.ts';
import { createSessionBuffers } from '../buffer/session-buffers.ts';
import { createTimelineService } from '../buffer/timeline.service.ts';
import { findClipFile } from '../clips/clip-files.ts';
import { createChat } from '../chat/chat.ts';
import { createMember, type Member } from '../clips/testing/people.ts';
import { createVoiceLanes } from '../buffer/voice-lanes.ts';
import { createVoiceConsent } from '../consent/voice-consent.ts';
import { createAccess } from '../access/access.service.ts';
import { createAppEvents } from '../events/events.ts';
import { createStreamReads } from '../events/stream-reads.ts';
import { openBoss } from '../jobs/boss.ts';
import { registerSoleServer } from '../cluster/servers.ts';
import { createJobs } from '../jobs/jobs.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { createQuota } from '../quota/quota.service.ts';
import { createSessionRow } from '../recording/testing/session-row.ts';
import { openStorage } from '../storage/open-storage.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openCaptureFeature } from '../capture/capture-feature.ts';
import { createPinnedSegments } from '../capture/instant/pinned-segments.ts';
import { startMixThreads } from '../capture/mix/mix-threads.ts';
import { startPlanThread } from '../capture/plan/plan-thread.ts';

export type CaptureStage = Awaited<ReturnType<typeof openCaptureStage>>;

/** A capturer is a user who may capture in a channel. */
export type Capturer = Member;

export interface StageOptions {
  /** The stage closes the database. It is one of the stage's own unless given. */
  database?: Database;
  directory?: string;
  storageRoot?: string;
  /** The storage is opened, and closed with the stage. Files under the storage root are used unless it is given. */
  storage?: ObjectStorage;
  ffmpegPath?: string;
  /** Runs before a file gets its key, and may throw what a disk would. */
  onCommit?: (key: string) => Promise<void>;
  quotaBytes?: number;
  /** Poster and file are delayed by this, 0 unless given, because most tests look at a clip when everything is done. */
  finishDelayMs?: number;
  /** The disk guard sees this much free space. */
  freeBytes?: number;
}

const DEADLINE_MS = 3 * MINUTE;
/** Pictures are encoded and decoded again and again. */
const SMALL = { width: 1024, height: 256 };

/** Opens the capture feature on a real database, a real buffer, a real job queue and the machine's ffmpeg. */
export async function openCaptureStage(options: StageOptions = {}) {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'hindsight-capture-')));
  const bufferDir = join(directory, 'replay-buffer');
  const storageRoot = options.storageRoot ?? join(directory, 'files');
  await mkdir(bufferDir, { recursive: true });
  const database = options.database ?? (await openTestDatabase());
  const db = database.client;
  const log = createLog({ level: process.env['TEST_LOG'] === undefined ? 'silent' : 'debug' });
  const boss = await openBoss(database, log);
  const servers = await registerSoleServer(db);
  const events = createAppEvents();
  const jobs = createJobs({ boss, servers, events, log });
  const quota = createQuota({ db, defaultQuotaBytes: options.quotaBytes ?? 5 * GiB });
  const policy = { windowMs: 10 * MINUTE, keepMs: 12 * MINUTE, graceMs: 10 * MINUTE };
  const freeBytes = options.freeBytes ?? 100 * GiB;
  const access = createAccess({ db });
  const reads = createStreamReads();
  const metrics = createMetrics();
  const chat = createChat({ db, access, events, reads, log });
  /** Tests replace these to simulate the recorder. */
  const recorder = { flushesAtOnce: true, flush: async (): Promise<void> => undefined };
  const disk = createDiskGuard({
    path: bufferDir,
    floorBytes: 1000,
    floorFraction: 0,
    statfs: async () => ({ bsize: 1, blocks: freeBytes, bavail: freeBytes }),
  });
  const stored =
    options.storage ?? (await openStorage({ kind: 'local', root: storageRoot }, { servers, disk, log }));
  const storage: ObjectStorage = {
    ...stored,
    async commit(path, key, how) {
      await options.onCommit?.(key);
      await stored.commit(path, key, how);
    },
  };
  const timeline = createTimelineService({ db, buffers: createSessionBuffers({ bufferDir }), policy });
  const planThread = startPlanThread();
  const mixThreads = startMixThreads({ log });
  const captures = await openCaptureFeature({
    db,
    access,
    timeline,
    flush: () => recorder.flush(),
    refresh: async () => {
      if (recorder.flushesAtOnce) await recorder.flush();
    },
    disk,
    captureSpace: disk,
    quota,
    events,
    jobs,
    servers,
    posts: chat.clipPosts,
    planThread,
    mixThreads,
    lanes: createVoiceLanes({ bufferDir }),
    consent: createVoiceConsent({ db }),
    metrics,
    log,
    storage,
    bufferDir,
    ffmpegPath: options.ffmpegPath ?? 'ffmpeg',
    ffprobePath: 'ffprobe',
    finishDelayMs: options.finishDelayMs ?? 0,
  });
  // This is the first run of the server's periodic job.
  await captures.writeUnwritten();

  async function clipThat(
    user: SignedInUser,
    clipId: string,
    isReached: (clip: ClipDto) => boolean,
  ): Promise<ClipDto> {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const clip = await captures.clips.get(user.id, clipId);
      if (isReached(clip)) return clip;
      if (Date.now() > deadline) throw new Error(`clip ${clipId} is still ${clip.status} ${clip.phase}`);
      await sleep(20);
    }
  }

  /**
   * Creates a session without media, which has ended unless `endMs` is null.
   * @returns the directory for its media
   */
  const createSession = (
    { user, channelId, communityId }: Capturer,
    span: { startMs: number; endMs: number | null },
  ) => createSessionRow(db, { userId: user.id, communityId, channelId, ...span });

  return {
    ...captures,
    access,
    policy,
    planThread,
    mixThreads,
    metrics,
    storage,
    disk,
    servers,
    log,
    chat,
    db,
    jobs,
    events,
    quota,
    timeline,
    recorder,
    directory,
    storageRoot,
    bufferDir,
    createCapturer: (): Promise<Capturer> => createMember(db),
    createSession,

    /** Creates a session with the given media, by default as small as its clock, which has ended unless it goes on. */
    async record(
      capturer: Capturer,
      media: Omit<SyntheticSessionOptions, 'bufferDir' | 'room' | 'user' | 'sessionId'> & {
        isRunning?: boolean;
      },
    ) {
      const endMs = media.isRunning === true ? null : media.startMs + media.durationMs;
      const { sessionId } = await createSession(capturer, { startMs: media.startMs, endMs });
      const { channelId: room, user } = capturer;
      return writeSyntheticSession({ ...SMALL, ...media, bufferDir, room, user: user.id, sessionId });
    },

    /** Creates a session as a real egress wrote it, in MPEG-TS with B-frames: 14.1 s. */
    async recordByEgress(
      capturer: Capturer,
      {
        startMs,
        isRunning = false,
        media = RECORDED_MEDIA,
      }: { startMs: number; isRunning?: boolean; media?: readonly { path: string; durationMs: number }[] },
    ) {
      const endMs = startMs + media.reduce((sum, { durationMs }) => sum + durationMs, 0);
      const { segmentPath } = await createSession(capturer, { startMs, endMs: isRunning ? null : endMs });
      const folder = join(bufferDir, segmentPath);
      await mkdir(folder, { recursive: true });
      let fromMs = startMs;
      const entries: PlaylistEntry[] = [];
      for (const [index, { path, durationMs }] of media.entries()) {
        const file = `segment_${String(index).padStart(5, '0')}.ts`;
        await copyFile(path, join(folder, file));
        entries.push({ file, fromMs, toMs: fromMs + durationMs, isDiscontinuity: false });
        fromMs += durationMs;
      }
      const header = { mediaSequence: 0, discontinuitySequence: 0 };
      await writeFile(join(folder, 'full.m3u8'), formatPlaylist(header, entries, !isRunning));
      return { folder };
    },

    /** Captures a range of wall-clock time, as the dialog does. */
    async captureRange({ user, channelId }: Capturer, fromMs: number, toMs: number): Promise<CaptureResult> {
      const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
      return captures.capture.accept(user, { channelId, from, to, pressedAgoMs: 0 });
    },

    /** Captures the last minute, as the button does. */
    async captureLastMinute({ user, channelId }: Capturer): Promise<CaptureResult> {
      return captures.capture.accept(user, { channelId, lastMinutes: 1, pressedAgoMs: 0 });
    },

    /** Cuts a clip, as its page does. */
    trim: ({ user }: Capturer, input: ClipTrimInput): Promise<ClipDto> =>
      captures.trims.accept(user.id, input),

    /** Joins clips, as the library does. */
    join: ({ user }: Capturer, input: ClipJoinInput): Promise<ClipDto> =>
      captures.joins.accept(user.id, input),

    /** Waits until the clip can be watched, or is FAILED. */
    watchable: ({ user }: Capturer, clipId: string) =>
      clipThat(user, clipId, (clip) => clip.status !== 'PROCESSING'),

    /** Waits until nothing is left to do for the clip: its file is written and its exact start is made, or it is FAILED. */
    async settled({ user }: Capturer, clipId: string): Promise<ClipDto> {
      await clipThat(user, clipId, (clip) => clip.status !== 'PROCESSING');
      const isUnwritten = { id: clipId, file: { checksum: null } };
      const deadline = Date.now() + DEADLINE_MS;
      while ((await db.replayClip.count({ where: isUnwritten })) > 0) {
        if (Date.now() > deadline) throw new Error(`clip ${clipId} is not written`);
        await sleep(20);
      }
      const clip = await captures.clips.get(user.id, clipId);
      if (clip.status === 'READY')
        await captures.exactVideos.find(await findClipFile(db, clipId, 'video'), DEADLINE_MS);
      return clip;
    },

    /** Waits until the clip is in a phase. */
    untilPhase: ({ user }: Capturer, clipId: string, phase: ClipPhase) =>
      clipThat(user, clipId, (clip) => clip.phase === phase),

    videoPath: ({ user }: Capturer, clipId: string) => join(storageRoot, 'replays', user.id, `${clipId}.mp4`),

    pathOf: (storageKey: string) => join(storageRoot, storageKey),

    /** Returns the ids of clips whose segments are pinned. */
    pinnedClips: (): Promise<string[]> => createPinnedSegments({ bufferDir }).clipIds(),

    /** Returns every file under the storage root, without directories. */
    async storedFiles(): Promise<string[]> {
      const entries = await readdir(storageRoot, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    },

    async close(): Promise<void> {
      await jobs.close();
      await captures.close();
      await Promise.all([planThread.close(), mixThreads.close()]);
      await boss.stop({ graceful: false, close: false });
      storage.close();
      await database.close();
      if (options.directory === undefined) await rm(directory, { recursive: true });
    },
  };
}
