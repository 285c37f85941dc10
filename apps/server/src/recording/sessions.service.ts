import { setTimeout as sleep } from 'node:timers/promises';
import type { EgressSession, PrismaClient } from '@hindsight/db/client';
import type { Recorder } from '@hindsight/recorder/recorder.port';
import { AppError, type AppErrorCode } from '@hindsight/shared/errors';
import type { SessionDto, StartInput } from '@hindsight/shared/replay/replay';
import type { Access } from '../access/access.service.ts';
import { createSimultaneousLimit } from '../access/simultaneous-limit.ts';
import { SingleFlight } from '../single-flight.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { LiveKit } from '../voice/livekit.ts';
import { toSessionDto } from './session-dto.ts';
import type { SessionLifecycle } from './session-lifecycle.ts';
import type { SessionRunner } from './session-runner.ts';
import { RUNNING } from './session-slots.ts';
import { requireOwnShare, shareEnd } from './share.ts';

export interface SessionsDeps {
  db: PrismaClient;
  access: Pick<Access, 'requireChannel'>;
  livekit: Pick<LiveKit, 'participant'>;
  recorder: Pick<Recorder, 'list'>;
  runner: SessionRunner;
  lifecycle: Pick<SessionLifecycle, 'takeBack'>;
  graceMs: number;
  /** A recorder gets this long to find a share that its publisher has published again. */
  settleMs: number;
}

const SETTLE_POLL_MS = 50;

export type Sessions = ReturnType<typeof createSessions>;

/** Starts and stops recordings for the sharer. */
export function createSessions({
  db,
  access,
  livekit,
  recorder,
  runner,
  lifecycle,
  graceMs,
  settleMs,
}: SessionsDeps) {
  /** Requests for one share at the same moment get the same session. */
  const starting = new SingleFlight<EgressSession>();
  const starts = createSimultaneousLimit({ max: 1, code: 'ALREADY_ACTIVE' });

  async function requireReplayEnabled(communityId: string): Promise<void> {
    const config = await db.communityReplayConfig.findUnique({ where: { communityId } });
    if (config !== null && !config.enabled) throw new AppError('REPLAY_DISABLED');
  }

  /**
   * Returns the running session of exactly this share, if there is one. A running session whose share is over is ended:
   * after a reconnect the browser publishes again before the end of the old share is noticed everywhere.
   */
  async function sessionOfShare(
    userId: string,
    { channelId, videoTrackSid }: StartInput,
  ): Promise<EgressSession | null> {
    const running = await db.egressSession.findFirst({ where: { userId, status: RUNNING } });
    if (running === null) return null;
    if (running.roomName === channelId && running.videoTrackSid === videoTrackSid) return running;
    if (running.roomName === channelId && (await isFollowed(running.id, videoTrackSid)))
      return db.egressSession.findUnique({ where: { id: running.id } });
    const end = shareEnd(await livekit.participant(running.roomName, userId), running.videoTrackSid);
    if (end !== null) await runner.stop(running, end);
    return null;
  }

  /** Tells whether the recorder has moved to this track in a session that began with another one. */
  async function isFollowed(sessionId: string, videoTrackSid: string): Promise<boolean> {
    for (const deadlineMs = performance.now() + settleMs; ; await sleep(SETTLE_POLL_MS)) {
      const status = (await recorder.list()).find((each) => each.sessionId === sessionId);
      if (status?.videoTrackSid === videoTrackSid) return true;
      if (status?.isWaiting !== true || performance.now() > deadlineMs) return false;
    }
  }

  async function beginOnce(
    user: SignedInUser,
    communityId: string,
    input: StartInput,
  ): Promise<EgressSession> {
    const running = await sessionOfShare(user.id, input);
    if (running !== null) return running;
    try {
      return await runner.begin({ ...input, userId: user.id, communityId });
    } catch (error) {
      // Of two requests for one share, the second finds the session of the first.
      const other = isCode(error, 'ALREADY_ACTIVE') ? await sessionOfShare(user.id, input) : null;
      if (other === null) throw error;
      return other;
    }
  }

  /** LiveKit is asked once at a time for each user, because its answers take long when it is asked often. */
  async function startShare(
    user: SignedInUser,
    communityId: string,
    input: StartInput,
  ): Promise<EgressSession> {
    const leave = starts.enter(user.id);
    try {
      await requireOwnShare(livekit, { ...input, room: input.channelId, identity: user.id });
      return await beginOnce(user, communityId, input);
    } finally {
      leave();
    }
  }

  return {
    /**
     * Starts to record the caller's own share. If that share is being recorded already, it returns that session.
     * @throws AppError the first that applies of NOT_FOUND, PERMISSION_DENIED, REPLAY_DISABLED, NOT_SHARING,
     * TRACKS_NOT_YOURS, ALREADY_ACTIVE, COMMUNITY_LIMIT_REACHED, QUOTA_EXCEEDED, DISK_LOW, RECORDER_UNAVAILABLE,
     * LIVEKIT_UNAVAILABLE
     */
    async start(user: SignedInUser, input: StartInput): Promise<SessionDto> {
      const { channel } = await access.requireChannel(user, input.channelId, 'ENABLE_REPLAY_BUFFER');
      await requireReplayEnabled(channel.communityId);
      const share = JSON.stringify([user.id, channel.id, input.videoTrackSid, input.audioTrackSid]);
      const session = await starting.run(share, () => startShare(user, channel.communityId, input));
      return toSessionDto(session, graceMs);
    },

    /**
     * Ends the caller's own recording, also one that ended because the disk was full and waits to go on. What it has
     * buffered can be captured for the grace time.
     * @throws AppError NOT_FOUND (also for other people's sessions), SESSION_NOT_ACTIVE
     */
    async stop(user: SignedInUser, sessionId: string): Promise<SessionDto> {
      const session = await db.egressSession.findFirst({ where: { id: sessionId, userId: user.id } });
      if (session === null) throw new AppError('NOT_FOUND');
      if (session.endedAt === null) await runner.stop(session, 'STOPPED_BY_USER');
      else if (!(await lifecycle.takeBack(session.id))) throw new AppError('SESSION_NOT_ACTIVE');
      else {
        // It may have gone on just now.
        const { userId, roomName, videoTrackSid } = session;
        const next = await db.egressSession.findFirst({
          where: { userId, roomName, videoTrackSid, status: RUNNING },
        });
        if (next !== null) await runner.stop(next, 'STOPPED_BY_USER');
      }
      return toSessionDto(await db.egressSession.findUniqueOrThrow({ where: { id: sessionId } }), graceMs);
    },
  };
}

function isCode(error: unknown, code: AppErrorCode): boolean {
  return error instanceof AppError && error.code === code;
}
