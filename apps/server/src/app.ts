import { join } from 'node:path';
import type { Database } from '@hindsight/db/database';
import { openConfiguredDatabase } from '@hindsight/db/own-server/configured-database';
import type { PrismaClient } from '@hindsight/db/client';
import { spawnRecorderWorker } from '@hindsight/recorder/embedded.recorder';
import type { Recorder } from '@hindsight/recorder/recorder.port';
import { HOUR, MINUTE, SECOND } from '@hindsight/shared/units';
import type { FastifyInstance } from 'fastify';
import { createAdministration } from './admin/administration.ts';
import { addRoutes } from './app-routes.ts';
import { createAccounts } from './auth/accounts.service.ts';
import { createAttemptLimits, forgetAttempts } from './access/attempt-limits.ts';
import { startPasswords, type Passwords } from './auth/passwords.ts';
import { readOrCreateSecret } from './auth/secret-file.ts';
import { createOpenStreams } from './auth/open-streams.ts';
import { createDeviceCookie } from './auth/device-cookie.ts';
import { createSessionCookie } from './auth/session-cookie.ts';
import { createSessionTokens } from './auth/session-tokens.ts';
import { createCallers } from './keys/callers.ts';
import { createProgramKeys } from './keys/program-keys.service.ts';
import { createCaptureSpace } from './capture/accept/capture-space.ts';
import { createPressLengths } from './capture/accept/press-lengths.service.ts';
import { createDiskGuard } from './storage/disk-guard.ts';
import { createRetention } from './buffer/retention.ts';
import { createVoiceLanes } from './buffer/voice-lanes.ts';
import { createSessionBuffers } from './buffer/session-buffers.ts';
import { createTimelineService } from './buffer/timeline.service.ts';
import { openCaptureFeature } from './capture/capture-feature.ts';
import { startMixThreads } from './capture/mix/mix-threads.ts';
import { startPlanThread } from './capture/plan/plan-thread.ts';
import { createChat } from './chat/chat.ts';
import { createAccess } from './access/access.service.ts';
import { createMembershipChecks } from './access/membership-checks.ts';
import { createCommunityFeature } from './communities/community-feature.ts';
import { createCommunityNews } from './communities/community-news.ts';
import { createDeparture } from './communities/departure.ts';
import { requireAgreement } from './cluster/agreement.ts';
import { beSoleServer, joinCluster } from './cluster/cluster.ts';
import { startServerTakeover } from './server-takeover.ts';
import { createServerCalls } from './cluster/server-calls.ts';
import type { Config } from './config.ts';
import { createConsent } from './consent/consent.service.ts';
import { createKeptVoices } from './consent/kept-voices.ts';
import { createVoiceConsent } from './consent/voice-consent.ts';
import { createDatabaseOutage, type DatabaseOutage } from './database-outage.ts';
import { HARDWARE_ENCODERS } from './exports/encoder/video-encoder.ts';
import { openExportFeature } from './exports/export-feature.ts';
import { createAppEvents } from './events/events.ts';
import { createStreamReads } from './events/stream-reads.ts';
import { createPartChecks } from './monitoring/part-checks.ts';
import { createReadiness } from './monitoring/readiness.ts';
import { createHttpServer } from './http/server.ts';
import { createLinks } from './links/links.service.ts';
import { openBoss } from './jobs/boss.ts';
import { createJobs } from './jobs/jobs.ts';
import { inLogContext } from './log-context.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { createStateGauges } from './monitoring/state-gauges.ts';
import { createPreviews } from './preview/previews.ts';
import { createQuota } from './quota/quota.service.ts';
import { openRecorder } from './recording/open-recorder.ts';
import { createRecording } from './recording/recording.ts';
import { createMembers } from './roles/members.service.ts';
import { createRoles } from './roles/roles.service.ts';
import { createPermissionEnforcement } from './roles/permission-enforcement.ts';
import { openStorage } from './storage/open-storage.ts';
import { createLiveKit, type LiveKit } from './voice/livekit.ts';
import { createPresence } from './voice/presence.service.ts';
import { createVoice } from './voice/voice.service.ts';
import { hasHardLinks } from './storage/hard-links.ts';
import { requireWritable } from './storage/writable-folder.ts';

const RETENTION_INTERVAL_MS = 5 * SECOND;
const DELETIONS_INTERVAL_MS = 10 * SECOND;
const STRAY_OBJECTS_INTERVAL_MS = 6 * HOUR;
const PREVIEWS_INTERVAL_MS = 1 * MINUTE;
const INTERRUPTED_INTERVAL_MS = 1 * MINUTE;
const REMOVED_CLIPS_INTERVAL_MS = 5 * SECOND;
const UNPROCESSED_CLIPS_INTERVAL_MS = 1 * HOUR;
const UNWRITTEN_CLIPS_INTERVAL_MS = 1 * MINUTE;
const EXPIRED_LINKS_INTERVAL_MS = 10 * MINUTE;
const ATTEMPTS_INTERVAL_MS = 10 * MINUTE;
const PRESENCE_INTERVAL_MS = 30 * SECOND;
const VOICES_INTERVAL_MS = 10 * SECOND;
const RECONCILE_INTERVAL_MS = 1 * MINUTE;
const WARM_UP_DELAY_MS = 0.5 * SECOND;
const HISTORY_INTERVAL_MS = 1 * HOUR;
const ENFORCEMENT_INTERVAL_MS = 1 * MINUTE;

/** Tests pass these in place of the real implementations. */
export interface AppOverrides {
  /** The app closes this database when it closes. */
  database?: Database;
  recorder?: Recorder;
  livekit?: LiveKit;
  /** The app closes these when it closes. */
  passwords?: Passwords;
  log?: Log;
  metrics?: Metrics;
  /** It is told of errors by the log that is passed with it. */
  outage?: DatabaseOutage;
}

export interface App {
  http: FastifyInstance;
  database: PrismaClient;
  /** Starts answering requests and returns the address that people can type. */
  listen(): Promise<string>;
  /** Does all periodic and queued work now; tests use it. */
  runJobs(): Promise<void>;
  /**
   * Ends the app: no new work is accepted, recordings are finalised, and jobs end or are left to the next start. Resolves
   * when nothing of the app runs any more.
   */
  close(): Promise<void>;
}

/**
 * Puts the server together. Whatever an earlier process left behind is settled before the first request is answered.
 * @throws DatabaseError when the database can't be opened
 * @throws FolderError when a folder can't be written
 */
export async function createApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const metrics = overrides.metrics ?? createMetrics();
  const outage = overrides.outage ?? createDatabaseOutage();
  const log =
    overrides.log ?? createLog({ ...config.log, onLine: metrics.logLine, onDatabaseAway: outage.noticed });
  /** These functions end what has been started, in reverse order, also when a later step of the start fails. */
  const closers: (() => Promise<unknown>)[] = [];
  const closeAll = async () => {
    for (const close of closers.toReversed())
      await close().catch((error: unknown) => log.error({ err: error }, 'closing failed'));
  };
  let closing: Promise<void> | undefined;

  try {
    await requireWritable(config.dataDir, 'DATA_DIR');
    await requireWritable(config.buffer.dir, 'REPLAY_BUFFER_PATH');
    await requireWritable(config.storage.root, 'REPLAY_STORAGE_PATH');
    const areSegmentsCopied = !(await hasHardLinks(config.buffer.dir));
    if (areSegmentsCopied)
      log.warn(
        { folder: config.buffer.dir },
        'there are no hard links in the folder of REPLAY_BUFFER_PATH, so each capture copies what it keeps',
      );
    const jwtSecret = config.auth.jwtSecret ?? (await readOrCreateSecret(join(config.dataDir, 'jwt-secret')));
    const livekitAccess = {
      url: config.livekit.url,
      apiKey: config.livekit.apiKey,
      apiSecret:
        config.livekit.apiSecret ?? (await readOrCreateSecret(join(config.dataDir, 'livekit-api-secret'))),
    };

    const { database, isOwn } =
      overrides.database === undefined
        ? await openConfiguredDatabase(config.database, { mayAttach: false })
        : { database: overrides.database, isOwn: false };
    closers.push(() => database.close());
    const db = database.client;
    const { servers, ...cluster } = isOwn
      ? await beSoleServer(database, config.dataDir)
      : await joinCluster({ database, log });
    // The connection to the other servers is one of its own.
    outage.watch({ probe: () => Promise.all([db.$queryRaw`SELECT 1`, servers.liveIds()]), log });
    closers.push(outage.close);
    closers.push(cluster.close);
    closers.push(servers.leave);
    if (!isOwn)
      closers.push(
        await requireAgreement({
          servers,
          // With objects in a bucket, the storage folder holds only this machine's unfinished files.
          folders: [config.buffer.dir, ...(config.storage.kind === 'local' ? [config.storage.root] : [])],
          secrets: [jwtSecret, livekitAccess.apiKey, livekitAccess.apiSecret],
        }),
      );
    const events = createAppEvents(cluster.bus);
    closers.push(async () => events.close());
    const calls = createServerCalls({ events, servers, log });
    closers.push(async () => calls.close());
    const boss = await openBoss(database, log);
    closers.push(() => boss.stop({ graceful: false, close: false }));
    const jobs = createJobs({ boss, servers, events, log });

    const livekit = overrides.livekit ?? createLiveKit(livekitAccess);
    const { recorder, webhookListeners: recorderListeners } =
      overrides.recorder === undefined
        ? await openRecorder({
            config,
            livekitAccess,
            log,
            embedded: {
              onPackets: metrics.packets,
              // The thread's log lines belong to its recordings, not to the request that started the first of them.
              spawnWorker: (settings) => inLogContext({}, () => spawnRecorderWorker(settings)),
            },
          })
        : { recorder: overrides.recorder, webhookListeners: [] };
    recorder.subscribe(metrics.recorderEvent);
    closers.push(() => recorder.close());

    const access = createAccess({ db });
    const reads = createStreamReads();
    closers.push(async () => reads.close());
    const memberships = createMembershipChecks({ db, reads });
    const news = createCommunityNews({ db, events });
    const passwords = overrides.passwords ?? startPasswords();
    closers.push(passwords.close);
    const accounts = createAccounts({
      db,
      tokens: createSessionTokens({ secret: jwtSecret }),
      passwords,
      defaultQuotaBytes: config.quota.defaultBytes,
      news,
      events,
    });
    const cookie = createSessionCookie({ accounts, isSecure: config.http.isSecure });
    const keys = createProgramKeys({ db, log });
    closers.push(keys.close);
    const streams = createOpenStreams({ cookie, events, log });
    closers.push(async () => streams.close());

    const disk = createDiskGuard({ path: config.buffer.dir });
    const buffers = createSessionBuffers({ bufferDir: config.buffer.dir });
    const timeline = createTimelineService({ db, buffers, policy: config.buffer });
    const retention = createRetention({
      db,
      bufferDir: config.buffer.dir,
      policy: config.buffer,
      buffers,
      disk,
      events,
    });
    closers.push(async () => retention.close());
    const planThread = startPlanThread();
    closers.push(() => planThread.close());
    const mixThreads = startMixThreads({ log });
    closers.push(() => mixThreads.close());
    const recording = createRecording({
      db,
      recorder,
      livekit,
      access,
      events,
      reads,
      memberships,
      servers,
      calls,
      timeline,
      readAhead: planThread.readAhead,
      disk,
      buffer: config.buffer,
      log,
    });
    // Both close at the same time, because a chore may be waiting for something that only ends with the recordings.
    closers.push(() => Promise.all([jobs.close(), recording.close()]));

    const departure = createDeparture({ db, recording, livekit, log });
    const enforcement = createPermissionEnforcement({ db, recording, livekit, log });
    const roles = createRoles({ db, access, news, enforcement });
    const members = createMembers({ db, access, news, enforcement, departure });

    const presence = createPresence({
      db,
      livekit,
      events,
      recordedIn: (channelId) => recording.feed.recordedIn(channelId),
    });
    closers.push(async () => presence.close());
    const voiceRules = createVoiceConsent({ db });
    const lanes = createVoiceLanes({ bufferDir: config.buffer.dir });
    const keptVoices = createKeptVoices({
      db,
      recorder,
      rules: voiceRules,
      presence,
      lanes,
      servers,
      calls,
      events,
      onVoices: mixThreads.warmUp,
      log,
    });
    closers.push(keptVoices.close);
    const voice = createVoice({
      access,
      livekit,
      presence,
      events,
      reads,
      memberships,
      joinUrl: config.livekit.isProxied ? '/' : config.livekit.url,
    });

    const chat = createChat({ db, access, events, reads, log });
    closers.push(async () => chat.close());

    const quota = createQuota({ db, defaultQuotaBytes: config.quota.defaultBytes });
    // Clips may be stored on another file system than the buffers.
    const clipsDisk = createDiskGuard({ path: config.storage.root });
    const storage = await openStorage(config.storage, { servers, disk: clipsDisk, log });
    closers.push(async () => storage.close());
    const captures = await openCaptureFeature({
      db,
      access,
      timeline,
      flush: recording.flush,
      refresh: recording.refreshSession,
      disk: clipsDisk,
      captureSpace: createCaptureSpace({ clips: clipsDisk, buffers: disk, areSegmentsCopied }),
      quota,
      events,
      jobs,
      servers,
      posts: chat.clipPosts,
      planThread,
      mixThreads,
      lanes,
      consent: voiceRules,
      metrics,
      log,
      storage,
      bufferDir: config.buffer.dir,
      ...config.ffmpeg,
    });
    closers.push(() => captures.close());
    const { capture, clips, trims, joins, objects } = captures;
    const postProcessing = await captures.startPostProcessing();
    closers.push(async () => postProcessing.close());
    const exporting = await openExportFeature({
      ...{ db, storage, disk: clipsDisk, quota, events, jobs, servers, log },
      ...{ objects, requireFile: captures.requireFile, ffmpeg: captures.ffmpeg, clipFeed: captures.feed },
      encoders: config.exports.mayUseHardware ? HARDWARE_ENCODERS : [],
    });
    closers.push(() => exporting.close());
    const smallCopies = await captures.startSmallCopies();
    closers.push(async () => smallCopies.close());
    const links = createLinks({ db, events, onChanged: smallCopies.linksChanged });
    const previews = createPreviews({
      db,
      access,
      timeline,
      flush: recording.refresh,
      quota,
      events,
      lanes,
      consent: voiceRules,
      mixThreads,
      policy: config.buffer,
      log,
      ...config.ffmpeg,
    });
    closers.push(previews.close);

    const disks = { buffers: disk, clips: clipsDisk };
    const readiness = createReadiness(
      createPartChecks({
        db,
        livekit,
        recorder,
        disks: [disk, clipsDisk],
        writableDirs: [config.buffer.dir, config.storage.root],
        storage,
        ffmpegPath: config.ffmpeg.ffmpegPath,
      }),
    );
    const gauges = createStateGauges({ registry: metrics.registry, db, buffers, disks, readiness });

    const http = await createHttpServer(config, log, metrics);
    await addRoutes(http, config, {
      readiness,
      metrics,
      refreshMetrics: gauges.refresh,
      livekitAccess,
      maySignal: enforcement.maySignal,
      authenticate: cookie.authenticate,
      callers: createCallers({ cookie, keys }),
      db,
      streams,
      webhookListeners: [
        presence.onWebhook,
        ...recorderListeners,
        recording.onWebhook,
        enforcement.onWebhook,
      ],
      clipFiles: {
        ...{ clips, storage: objects, tracks: captures.trackDownloads },
        exactVideos: captures.exactVideos,
      },
      links,
      buffers: previews,
      procedures: {
        limits: createAttemptLimits({ db }),
        auth: {
          accounts,
          cookie,
          device: createDeviceCookie({ secret: jwtSecret, isSecure: config.http.isSecure }),
        },
        key: { keys },
        community: createCommunityFeature({ db, access, news, departure }),
        voice: { voice },
        replay: recording,
        consent: { consent: createConsent({ db, recorder, keptVoices, events }) },
        capture: { capture, lengths: createPressLengths({ db }) },
        preview: previews,
        clip: { clips, capture, trims, joins, events, voices: captures.voices, levels: captures.levels },
        export: exporting,
        link: { links },
        chat,
        quota: { quota },
        role: { roles },
        member: { members },
        admin: createAdministration({ db, access, news, enforcement, recording, buffers, quota }),
      },
    });

    await recording.recover();
    closers.push(startServerTakeover({ servers, recording, captures, outage, events, log }));
    jobs.every('retention', RETENTION_INTERVAL_MS, () => retention.run(Date.now()));
    jobs.everyHere('reconcile', RECONCILE_INTERVAL_MS, (signal) => recording.reconcile(signal));
    jobs.every('history', HISTORY_INTERVAL_MS, () => recording.history.forgetOld(Date.now()));
    jobs.everyHere('interrupted captures', INTERRUPTED_INTERVAL_MS, captures.resumeInterrupted);
    jobs.every('removed clips', REMOVED_CLIPS_INTERVAL_MS, async () => {
      await clips.purge();
      // What was exported from a clip goes with it.
      await exporting.exports.removeEnded(Date.now());
    });
    jobs.every('clips without post-processing', UNPROCESSED_CLIPS_INTERVAL_MS, () => postProcessing.sweep());
    jobs.every('attempts', ATTEMPTS_INTERVAL_MS, () => forgetAttempts(db, Date.now()));
    jobs.every('unwritten clips', UNWRITTEN_CLIPS_INTERVAL_MS, captures.writeUnwritten);
    jobs.every('interrupted exports', INTERRUPTED_INTERVAL_MS, exporting.resumeInterrupted);
    jobs.every('expired links', EXPIRED_LINKS_INTERVAL_MS, async () => {
      await links.forgetExpired();
      await smallCopies.sweep();
    });
    jobs.every('deletions', DELETIONS_INTERVAL_MS, captures.deleteRemoved);
    jobs.every('stray objects', STRAY_OBJECTS_INTERVAL_MS, captures.removeStrayObjects);
    jobs.everyHere('previews', PREVIEWS_INTERVAL_MS, previews.sweep);
    jobs.every('permission enforcement', ENFORCEMENT_INTERVAL_MS, (signal) => enforcement.sweep(signal));
    jobs.everyHere('presence', PRESENCE_INTERVAL_MS, () => presence.refresh());
    jobs.everyHere('voices', VOICES_INTERVAL_MS, keptVoices.sweep);
    closers.push(() => http.close());

    /** Starts the threads that a press needs. Where nothing can be captured, they can wait: they take some 60 MB. */
    async function warmThreads(): Promise<void> {
      if (await recording.feed.hasBuffers()) planThread.warmUp();
      if (await recording.feed.hasBuffers({ keptVoices: { some: {} } })) mixThreads.warmUp();
    }

    return {
      http,
      database: db,
      async listen() {
        const address = await http.listen({ host: config.http.host, port: config.http.port });
        // The start itself doesn't wait for what only the first press needs.
        const warmingUp = setTimeout(() => {
          Promise.all([database.warmUp(), warmThreads()]).catch((error: unknown) =>
            log.debug({ err: error }, 'warming up failed'),
          );
        }, WARM_UP_DELAY_MS).unref();
        closers.push(async () => clearTimeout(warmingUp));
        return config.http.publicUrl ?? address;
      },
      runJobs: () => jobs.runAll(),
      close: () => (closing ??= closeAll()),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
