import { setTimeout as sleep } from 'node:timers/promises';
import type { EgressSession, PrismaClient } from '@hindsight/db/client';
import type { Recorder } from '@hindsight/recorder/recorder.port';
import { AppError } from '@hindsight/shared/errors';
import { idSchema } from '@hindsight/shared/ids';
import type { EndReason } from '@hindsight/shared/replay/replay';
import type { WebhookEvent } from 'livekit-server-sdk';
import type { Servers } from '../cluster/servers.ts';
import type { LiveKit } from '../voice/livekit.ts';
import type { RecordingOwners, ShareHint } from './recording-owners.ts';
import type { RecorderEvents } from './recorder-events.ts';
import type { SessionLifecycle } from './session-lifecycle.ts';
import type { SessionRunner } from './session-runner.ts';
import { RUNNING } from './session-slots.ts';
import { shareEnd } from './share.ts';

export interface ReconcileDeps {
  db: PrismaClient;
  recorder: Pick<Recorder, 'list' | 'stop'>;
  servers: Pick<Servers, 'id' | 'liveIds'>;
  owners: Pick<RecordingOwners, 'checkShare'>;
  livekit: Pick<LiveKit, 'participant'>;
  lifecycle: SessionLifecycle;
  runner: SessionRunner;
  recorderEvents: Pick<RecorderEvents, 'settled'>;
  /** A recorder gets this long to report that a share is only interrupted, because it sees the same events as the server. */
  settleMs: number;
}

/**
 * Makes the database, the recorder and LiveKit agree. A session is over when nobody records it or nobody shares it, never
 * because of its age. A service that doesn't answer is taken to have nothing changed.
 */
export function createReconcile({
  db,
  recorder,
  servers,
  owners,
  livekit,
  lifecycle,
  runner,
  recorderEvents,
  settleMs,
}: ReconcileDeps) {
  async function endIfShareIsOver(session: EgressSession, leftReason: EndReason = 'LEFT'): Promise<void> {
    if ((await reasonToEnd(session)) === null || (await isFollowedByRecorder(session))) return;
    const reason = await reasonToEnd(session);
    if (reason !== null) await runner.stop(session, reason === 'LEFT' ? leftReason : reason);
  }

  async function reasonToEnd(session: EgressSession): Promise<EndReason | null> {
    const participant = await participantOrUnknown(session);
    return participant === 'unknown' ? null : shareEnd(participant, session.videoTrackSid);
  }

  /** Tells whether the recorder waits for the share to come back, or has found it under another SID. */
  async function isFollowedByRecorder({ id, videoTrackSid }: EgressSession): Promise<boolean> {
    await sleep(settleMs);
    const status = (await recorder.list()).find(({ sessionId }) => sessionId === id);
    return status?.isWaiting === true || (status?.videoTrackSid ?? videoTrackSid) !== videoTrackSid;
  }

  async function participantOrUnknown({ roomName, userId }: EgressSession) {
    try {
      return await livekit.participant(roomName, userId);
    } catch (error) {
      if (error instanceof AppError && error.code === 'LIVEKIT_UNAVAILABLE') return 'unknown';
      throw error;
    }
  }

  /** Assigns the sessions of dead servers to this one. Of several servers that try, each session goes to one. */
  async function claimOrphans(): Promise<EgressSession[]> {
    const sessions = await db.egressSession.findMany({ where: { status: RUNNING } });
    // Live servers are read after the sessions, because a server registers before it records anything.
    const live = new Set(await servers.liveIds());
    const claimed: EgressSession[] = [];
    for (const session of sessions) {
      const { id, serverId } = session;
      if (serverId !== null && live.has(serverId)) continue;
      const { count } = await db.egressSession.updateMany({
        where: { id, serverId, status: RUNNING },
        data: { serverId: servers.id },
      });
      if (count > 0) claimed.push(session);
    }
    return claimed;
  }

  /** Ends this server's sessions that no recorder works on, and returns the others. */
  async function endUnrecorded(reason: EndReason): Promise<EgressSession[]> {
    const sessions = await db.egressSession.findMany({ where: { status: RUNNING, serverId: servers.id } });
    const recorded = new Set((await recorder.list()).map(({ sessionId }) => sessionId));
    // `isChanging` is asked after the list, so that a start that finishes in between is in one of the two.
    const isAlive = ({ id }: EgressSession) => recorded.has(id) || runner.isChanging(id);
    const [alive, unrecorded] = [sessions.filter(isAlive), sessions.filter((each) => !isAlive(each))];
    // A recording that left the recorder's list was reported with its true reason, which must be applied first.
    await recorderEvents.settled();
    for (const { id } of unrecorded) await lifecycle.end(id, reason);
    return alive;
  }

  /** Ends recordings that no running session owns, because nobody would see that they record. */
  async function stopUnowned(): Promise<void> {
    for (const { egressId, sessionId } of await recorder.list()) {
      const owner = await db.egressSession.findFirst({ where: { id: sessionId, status: RUNNING } });
      if (owner === null) await recorder.stop(egressId);
    }
  }

  /** Checks the share of a recording on this server. */
  async function checkShareHere(
    session: EgressSession,
    { isUnpublished, leftReason }: ShareHint,
  ): Promise<void> {
    if (!isUnpublished) await endIfShareIsOver(session, leftReason);
    else if (!(await isFollowedByRecorder(session))) await runner.stop(session, 'SHARE_ENDED');
  }

  async function checkShare(session: EgressSession, hint: ShareHint): Promise<void> {
    if (!(await owners.checkShare(session, hint))) await checkShareHere(session, hint);
  }

  return {
    checkShareHere,

    /**
     * Continues what a dead server or an earlier process was recording, and ends the sessions whose recording ended with
     * it.
     */
    async settleOrphans(): Promise<void> {
      const claimed = await claimOrphans();
      const listed = await recorder.list();
      for (const session of claimed) {
        // The earlier process may have died between the recorder's answer and the row's update.
        const unstoredId = listed.find(({ sessionId }) => sessionId === session.id)?.egressId;
        const egressId = session.egressId ?? unstoredId;
        if (egressId !== undefined) await runner.resume({ ...session, egressId });
      }
      const recorded = new Set((await recorder.list()).map(({ sessionId }) => sessionId));
      await recorderEvents.settled();
      for (const { id } of claimed) if (!recorded.has(id)) await lifecycle.end(id, 'SERVER_SHUT_DOWN');
    },

    async run(signal: AbortSignal): Promise<void> {
      for (const session of await endUnrecorded('RECORDER_FAILED')) {
        if (signal.aborted) return;
        if (!runner.isChanging(session.id)) await endIfShareIsOver(session);
      }
      if (!signal.aborted) await stopUnowned();
    },

    /**
     * Uses LiveKit's webhooks as hints to check. A departure may be of an earlier connection of the same person, so
     * LiveKit's current answer decides; only track SIDs are never reused.
     */
    async onWebhook({ event, room, participant, track }: WebhookEvent): Promise<void> {
      if (room === undefined || !idSchema.safeParse(room.name).success) return;
      if (event === 'room_finished') {
        const sessions = await db.egressSession.findMany({
          where: { roomName: room.name, status: RUNNING },
        });
        for (const session of sessions)
          await checkShare(session, { isUnpublished: false, leftReason: 'LEFT' });
      }
      if (participant === undefined || !idSchema.safeParse(participant.identity).success) return;
      const session = await db.egressSession.findFirst({
        where: { roomName: room.name, userId: participant.identity, status: RUNNING },
      });
      if (session === null) return;
      const isUnpublished = event === 'track_unpublished' && track?.sid === session.videoTrackSid;
      const isLost = event === 'participant_connection_aborted';
      if (isUnpublished || isLost || event === 'participant_left')
        await checkShare(session, { isUnpublished, leftReason: isLost ? 'CONNECTION_LOST' : 'LEFT' });
    },
  };
}
