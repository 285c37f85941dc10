import type { PrismaClient } from '@hindsight/db/client';
import type { Recorder } from '@hindsight/recorder/recorder.port';
import type { EndReason } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import type { WebhookEvent } from 'livekit-server-sdk';
import type { Log } from '../log.ts';
import type { BufferKey, BufferPolicy } from '../buffer/buffer-policy.ts';
import type { DiskGuard } from '../storage/disk-guard.ts';
import type { TimelineService } from '../buffer/timeline.service.ts';
import type { ServerCalls } from '../cluster/server-calls.ts';
import type { Servers } from '../cluster/servers.ts';
import type { Access } from '../access/access.service.ts';
import type { MembershipChecks } from '../access/membership-checks.ts';
import type { AppEvents } from '../events/events.ts';
import type { StreamReads } from '../events/stream-reads.ts';
import type { LiveKit } from '../voice/livekit.ts';
import { createHistory } from './history.ts';
import { createReconcile } from './reconcile.ts';
import { followRecorder } from './recorder-events.ts';
import { createRecordingOwners, type OwnedRecording } from './recording-owners.ts';
import { createReplayFeed, type ReplayFeedDeps } from './replay-feed.ts';
import { createSessionLifecycle } from './session-lifecycle.ts';
import { createSessionRunner } from './session-runner.ts';
import { createSessionSlots, RUNNING } from './session-slots.ts';
import { createSessions } from './sessions.service.ts';
import { createShareResumption } from './resume-recordings.ts';

export interface RecordingDeps {
  db: PrismaClient;
  recorder: Recorder;
  livekit: Pick<LiveKit, 'participant' | 'participants' | 'rooms'>;
  access: Pick<Access, 'requireChannel'>;
  events: Pick<AppEvents, 'emit' | 'listen'>;
  reads: Pick<StreamReads, 'shared'>;
  memberships: Pick<MembershipChecks, 'requireChannel'>;
  servers: Pick<Servers, 'id' | 'liveIds' | 'isLeader'>;
  calls: Pick<ServerCalls, 'handle' | 'ask'>;
  timeline: TimelineService;
  readAhead: ReplayFeedDeps['readAhead'];
  disk: Pick<DiskGuard, 'isLow'>;
  buffer: BufferPolicy & { dir: string };
  log: Log;
  /** These are the waits before each attempt to resume the recording of a share. */
  resumeDelaysMs?: readonly number[];
  /** A share that waits for room on the buffers' disk is tried again after this long; after five seconds by default. */
  roomPollMs?: number;
  /** A recorder gets this long to report that a share is only interrupted; one second by default. */
  settleMs?: number;
}

export type Recording = ReturnType<typeof createRecording>;

/** Selects all running recordings that match. */
export type Running =
  | { id: string }
  | { communityId: string; userId?: string | { in: string[] } }
  | { channelId: string };

/** Puts the recording feature together; the rest of the server uses nothing else of it. */
export function createRecording({
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
  readAhead,
  disk,
  buffer,
  log,
  resumeDelaysMs,
  roomPollMs,
  settleMs = SECOND,
}: RecordingDeps) {
  const lifecycle = createSessionLifecycle({ db, timeline, events });
  const slots = createSessionSlots({ db, disk, serverId: servers.id });
  const owners = createRecordingOwners({ db, servers, calls });
  const runner = createSessionRunner({ db, recorder, slots, lifecycle, owners, bufferDir: buffer.dir, log });
  const sessions = createSessions({
    db,
    access,
    livekit,
    recorder,
    runner,
    lifecycle,
    graceMs: buffer.graceMs,
    settleMs,
  });
  const resumption = createShareResumption({
    db,
    livekit,
    sessions,
    log,
    ...(resumeDelaysMs === undefined ? {} : { retryDelaysMs: resumeDelaysMs }),
    ...(roomPollMs === undefined ? {} : { roomPollMs }),
  });
  const recorderEvents = followRecorder({ recorder, lifecycle, runner, resumption, log });
  const reconcile = createReconcile({
    db,
    recorder,
    servers,
    owners,
    livekit,
    lifecycle,
    runner,
    recorderEvents,
    settleMs,
  });
  owners.serve({
    stop: runner.stopHere,
    flush: recorder.flush.bind(recorder),
    checkShare: reconcile.checkShareHere,
  });

  /**
   * Takes over from dead servers: settles what they recorded, and resumes the shares that nobody records any more. When
   * several servers do it at once, each session and each share is handled by one of them.
   */
  async function takeOver(): Promise<void> {
    await reconcile.settleOrphans();
    await resumption.resumeAll();
  }

  /**
   * Makes what a running recording has received readable on the timeline, which takes some recorders seconds. It never
   * fails, because what is on disk stays readable.
   */
  async function flush({ userId, channelId }: BufferKey): Promise<void> {
    const session = await db.egressSession.findFirst({
      where: { userId, roomName: channelId, status: RUNNING },
      select: { id: true, egressId: true, serverId: true },
    });
    if (session !== null) await flushSession(session);
  }

  async function flushSession(session: OwnedRecording): Promise<void> {
    const { egressId } = session;
    if (egressId === null) return;
    try {
      if (!(await owners.flush({ ...session, egressId }))) await recorder.flush(egressId);
    } catch (error) {
      log.error({ err: error, sessionId: session.id }, 'the recorder could not flush a recording');
    }
  }

  return {
    sessions,
    feed: createReplayFeed({ db, access, timeline, readAhead, events, reads, memberships, policy: buffer }),
    history: createHistory({ db, access }),

    flush,

    /** Flushes only if the recorder does it at once, for callers that can't wait. */
    async refresh(key: BufferKey): Promise<void> {
      if (recorder.flushesAtOnce) await flush(key);
    },

    /** Does the same for a running session that the caller knows. */
    async refreshSession(session: OwnedRecording): Promise<void> {
      if (recorder.flushesAtOnce) await flushSession(session);
    },

    /** Ends the matching recordings for a reason that is not the sharer's. It never fails because of the recorder. */
    async end(which: Running, reason: EndReason): Promise<void> {
      const running = await db.egressSession.findMany({ where: { ...which, status: RUNNING } });
      await Promise.all(running.map((session) => runner.stop(session, reason)));
    },

    /** Handles a verified LiveKit webhook. Unknown, repeated and reordered ones do no harm. */
    onWebhook: (event: WebhookEvent): Promise<void> => reconcile.onWebhook(event),

    /**
     * Continues, after a start, the recordings that outlived an earlier process, and ends the others. Resuming their
     * shares goes on in the background, because LiveKit may take longer to start than this server.
     */
    async recover(): Promise<void> {
      await reconcile.settleOrphans();
      void resumption.resumeAll();
    },

    /** Checks this server's recordings; the leader also handles those without a server. A job runs it each minute. */
    async reconcile(signal: AbortSignal): Promise<void> {
      await reconcile.run(signal);
      if (!signal.aborted && servers.isLeader()) await takeOver();
    },

    takeOver,

    /**
     * Ends the recordings of this server as SERVER_SHUT_DOWN and waits for pending work. It is called before the recorder
     * is closed.
     */
    async close(): Promise<void> {
      await resumption.close();
      try {
        const running = await db.egressSession.findMany({ where: { status: RUNNING, serverId: servers.id } });
        await Promise.all(running.map((session) => runner.stopHere(session, 'SERVER_SHUT_DOWN')));
      } finally {
        await recorderEvents.close();
      }
    },
  };
}
