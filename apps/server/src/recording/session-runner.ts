import type { EgressSession, PrismaClient } from '@hindsight/db/client';
import { isDatabaseAway } from '@hindsight/db/database-away';
import type { Recorder } from '@hindsight/recorder/recorder.port';
import { AppError } from '@hindsight/shared/errors';
import type { EndReason } from '@hindsight/shared/replay/replay';
import { MINUTE } from '@hindsight/shared/units';
import { retryWhileDatabaseIsAway } from '../database-retry.ts';
import type { Log } from '../log.ts';
import { bufferDirectory } from '../buffer/buffer-paths.ts';
import type { RecordingOwners } from './recording-owners.ts';
import { fromStoredQuality } from './session-dto.ts';
import type { SessionLifecycle } from './session-lifecycle.ts';
import type { SessionSlots, Share } from './session-slots.ts';

/** A session that never recorded anything is deleted after an outage of this length at most; later ones are ended as failed. */
const GIVE_BACK_MS = 10 * MINUTE;

export interface SessionRunnerDeps {
  db: PrismaClient;
  recorder: Pick<Recorder, 'start' | 'stop' | 'adopt'>;
  slots: SessionSlots;
  lifecycle: SessionLifecycle;
  owners: Pick<RecordingOwners, 'stop'>;
  bufferDir: string;
  log: Log;
}

export type SessionRunner = ReturnType<typeof createSessionRunner>;

/** Keeps a session's row and the recorder's work together: neither is left behind without the other. */
export function createSessionRunner({
  db,
  recorder,
  slots,
  lifecycle,
  owners,
  bufferDir,
  log,
}: SessionRunnerDeps) {
  const starting = new Set<string>();
  const stops = new Map<string, { reason: EndReason; done: Promise<void> }>();

  /**
   * Stops a session's recording on this server. The first reason counts: a stopped share is soon unpublished, and
   * webhooks report that too.
   */
  function stopHere(session: Pick<EgressSession, 'id' | 'egressId'>, reason: EndReason): Promise<void> {
    const present = stops.get(session.id);
    if (present !== undefined) return present.done;
    const own = { reason, done: Promise.resolve() };
    // The stop is registered before it begins, because recorders report at once.
    stops.set(session.id, own);
    own.done = stopOnce(session, reason).finally(() => stops.delete(session.id));
    return own.done;
  }

  async function stopOnce(session: Pick<EgressSession, 'id' | 'egressId'>, reason: EndReason): Promise<void> {
    try {
      if (session.egressId !== null) await recorder.stop(session.egressId);
    } catch (error) {
      // The session ends all the same; reconciliation stops a recording that no running session owns.
      log.error({ err: error, sessionId: session.id }, 'the recorder could not stop a recording');
    }
    // The recorder's own report may have come first.
    const ended = await lifecycle.end(session.id, reason);
    if (ended !== null) log.info({ sessionId: session.id, reason }, 'a recording ended');
  }

  async function startRecorder(session: EgressSession, share: Share): Promise<EgressSession> {
    const { egressId } = await recorder.start({
      sessionId: session.id,
      room: share.channelId,
      identity: share.userId,
      videoTrackSid: share.videoTrackSid,
      ...(share.audioTrackSid === undefined ? {} : { audioTrackSid: share.audioTrackSid }),
      quality: share.quality,
      destination: bufferDirectory(bufferDir, session.segmentPath),
    });
    try {
      const [current] = await db.egressSession.updateManyAndReturn({
        where: { id: session.id },
        data: { egressId },
      });
      // The session was deleted with its user or community while the recorder was starting.
      if (current === undefined) throw new AppError('NOT_FOUND');
      if (current.endedAt !== null) await recorder.stop(egressId);
      return current;
    } catch (error) {
      await recorder.stop(egressId);
      throw error;
    }
  }

  return {
    /**
     * Takes a slot and starts the recorder. When it can't start, the slot is free again.
     * @throws AppError of the slot (see SessionSlots.take), RECORDER_UNAVAILABLE, NOT_SHARING
     */
    async begin(share: Share): Promise<EgressSession> {
      const session = await slots.take(share);
      starting.add(session.id);
      try {
        lifecycle.announce(session);
        return await startRecorder(session, share);
      } catch (error) {
        const givenBack = retryWhileDatabaseIsAway(() => slots.giveBack(session.id), { forMs: GIVE_BACK_MS })
          .then(() => lifecycle.announce(session))
          .catch((reason: unknown) =>
            log.error({ err: reason, sessionId: session.id }, 'a slot is not free'),
          );
        // Whoever asked isn't kept waiting for a database that is away.
        if (isDatabaseAway(error)) throw error;
        await givenBack;
        throw error instanceof AppError ? error : new AppError('RECORDER_UNAVAILABLE', { cause: error });
      } finally {
        starting.delete(session.id);
      }
    },

    /** Continues the recording of a session that an earlier process began, if the recording outlived that process. */
    async resume(session: EgressSession & { egressId: string }): Promise<void> {
      const { id, egressId, roomName, userId, videoTrackSid, audioTrackSid, quality, segmentPath } = session;
      await db.egressSession.updateMany({ where: { id }, data: { egressId } });
      const isResumed = await recorder.adopt({
        egressId,
        sessionId: id,
        room: roomName,
        identity: userId,
        videoTrackSid,
        ...(audioTrackSid === null ? {} : { audioTrackSid }),
        quality: fromStoredQuality(quality),
        destination: bufferDirectory(bufferDir, segmentPath),
      });
      if (isResumed) log.info({ sessionId: id }, 'a recording outlived the server that began it');
    },

    /** Ends a session on whichever server records it. It never fails because of the recorder. */
    async stop(
      session: Pick<EgressSession, 'id' | 'egressId' | 'serverId'>,
      reason: EndReason,
    ): Promise<void> {
      if (!(await owners.stop(session, reason))) await stopHere(session, reason);
    },

    /** Ends a session that is recorded on this server. */
    stopHere,

    /** Tells whether the recorder is being started or stopped for a session right now. */
    isChanging(sessionId: string): boolean {
      return starting.has(sessionId) || stops.has(sessionId);
    },

    /** Returns why this server stopped a recording. By itself the recorder only stops when it is closed with the server. */
    stopReason(sessionId: string): EndReason {
      return stops.get(sessionId)?.reason ?? 'SERVER_SHUT_DOWN';
    },
  };
}
