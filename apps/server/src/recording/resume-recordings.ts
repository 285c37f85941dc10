import { setTimeout as sleep } from 'node:timers/promises';
import type { EgressSession, PrismaClient } from '@hindsight/db/client';
import { isDatabaseAway } from '@hindsight/db/database-away';
import { AppError, type AppErrorCode } from '@hindsight/shared/errors';
import { idSchema } from '@hindsight/shared/ids';
import type { EndReason } from '@hindsight/shared/replay/replay';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { KeyedRuns } from '../keyed-runs.ts';
import type { Log } from '../log.ts';
import type { BufferKey } from '../buffer/buffer-policy.ts';
import type { LiveKit } from '../voice/livekit.ts';
import { fromStoredQuality } from './session-dto.ts';
import type { Sessions } from './sessions.service.ts';
import { publishedShare, shareEnd, type Publisher } from './share.ts';

/** The sharer did not cause these ends, so their share may still be on. */
export const INVOLUNTARY_ENDS: ReadonlySet<EndReason | null> = new Set<EndReason>([
  'CONNECTION_LOST',
  'RECORDER_FAILED',
  'DISK_FULL',
  'SERVER_SHUT_DOWN',
]);
/** These failures may pass, so another attempt is worthwhile; every other refusal is final. */
const TRANSIENT_CODES: ReadonlySet<AppErrorCode> = new Set<AppErrorCode>([
  'LIVEKIT_UNAVAILABLE',
  'RECORDER_UNAVAILABLE',
  'RECORDER_BUSY',
]);
const DEFAULT_RETRY_DELAYS_MS = [0, 1 * SECOND, 3 * SECOND, 8 * SECOND, 20 * SECOND];
/** How often a share that waits for room on the buffers' disk is tried again. */
const DEFAULT_ROOM_POLL_MS = 5 * SECOND;
/** A share whose recordings end this often is given up, instead of making sessions without end. */
const MAX_RESUMPTIONS = 6;
const RESUMPTIONS_WITHIN_MS = 5 * MINUTE;

export interface ShareResumptionDeps {
  db: PrismaClient;
  livekit: Pick<LiveKit, 'participant' | 'participants' | 'rooms'>;
  sessions: Pick<Sessions, 'start' | 'stop'>;
  log: Log;
  retryDelaysMs?: readonly number[];
  roomPollMs?: number;
}

export type ShareResumption = ReturnType<typeof createShareResumption>;

/**
 * Resumes the recording of shares whose recording ended without the sharer's doing. A new session records the same track,
 * so the timeline continues. A share that was published again is for its sharer to start, since they may have changed
 * their mind.
 */
export function createShareResumption({
  db,
  livekit,
  sessions,
  log,
  retryDelaysMs = DEFAULT_RETRY_DELAYS_MS,
  roomPollMs = DEFAULT_ROOM_POLL_MS,
}: ShareResumptionDeps) {
  const closing = new AbortController();
  const runs = new KeyedRuns();
  /** These shares wait for room on the buffers' disk; each has the timer of its next attempt. */
  const waitingForRoom = new Map<string, NodeJS.Timeout>();

  /** Returns the newest session of the buffer, if its share is on and the sharer did not end the recording. */
  async function interruptedSession(
    { userId, channelId }: BufferKey,
    publisher: Publisher,
  ): Promise<EgressSession | null> {
    const last = await db.egressSession.findFirst({
      where: { userId, roomName: channelId },
      orderBy: { createdAt: 'desc' },
    });
    if (last === null || !INVOLUNTARY_ENDS.has(last.endReason)) return null;
    return shareEnd(publisher, last.videoTrackSid) === null ? last : null;
  }

  async function endsTooOften({ userId, channelId }: BufferKey): Promise<boolean> {
    const recent = await db.egressSession.count({
      where: { userId, roomName: channelId, createdAt: { gt: new Date(Date.now() - RESUMPTIONS_WITHIN_MS) } },
    });
    return recent >= MAX_RESUMPTIONS;
  }

  async function resumeShare(key: BufferKey): Promise<void> {
    const hasWaited = stopWaitingForRoom(key);
    const publisher = await livekit.participant(key.channelId, key.userId);
    const last = publisher === null ? null : await interruptedSession(key, publisher);
    if (publisher === null || last === null) return;
    if (await endsTooOften(key)) {
      log.warn({ sessionId: last.id }, 'a share is no longer resumed, because its recordings keep ending');
      return;
    }
    const user = await db.user.findUnique({
      where: { id: key.userId },
      select: { id: true, username: true, isInstanceAdmin: true },
    });
    if (user === null) return;
    try {
      // The share goes through the normal start checks, because the sharer's permissions may have changed since.
      const session = await sessions.start(user, {
        channelId: key.channelId,
        videoTrackSid: last.videoTrackSid,
        audioTrackSid: publishedShare(publisher)?.audioTrackSid,
        quality: fromStoredQuality(last.quality),
      });
      log.info({ sessionId: session.id, after: last.id }, 'a share was resumed');
      // The sharer may have changed their mind just now.
      const { endReason } = await db.egressSession.findUniqueOrThrow({ where: { id: last.id } });
      if (!INVOLUNTARY_ENDS.has(endReason)) await sessions.stop(user, session.id);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'DISK_LOW') throw error;
      if (!hasWaited) log.warn({ sessionId: last.id }, 'a share waits for room on the disk of the buffers');
      waitForRoom(key);
    }
  }

  /** Tries again later, for as long as the share is on and its sharer wants it to be recorded. */
  function waitForRoom(key: BufferKey): void {
    if (closing.signal.aborted) return;
    const timer = setTimeout(() => void resume(key), roomPollMs);
    waitingForRoom.set(nameOf(key), timer);
  }

  /** Returns whether the share has waited. */
  function stopWaitingForRoom(key: BufferKey): boolean {
    clearTimeout(waitingForRoom.get(nameOf(key)));
    return waitingForRoom.delete(nameOf(key));
  }

  async function allInterrupted(): Promise<BufferKey[]> {
    const keys: BufferKey[] = [];
    for (const { name: channelId } of await livekit.rooms()) {
      if (!idSchema.safeParse(channelId).success) continue;
      for (const participant of await livekit.participants(channelId)) {
        const key = { userId: participant.identity, channelId };
        const isOurs = idSchema.safeParse(key.userId).success;
        if (isOurs && (await interruptedSession(key, participant)) !== null) keys.push(key);
      }
    }
    return keys;
  }

  /** Retries an attempt until it succeeds, is refused, has no tries left or the server closes. Never rejects. */
  async function retry(name: string, attempt: () => Promise<void>): Promise<void> {
    for (const delayMs of retryDelaysMs) {
      try {
        if (delayMs > 0) await sleep(delayMs, undefined, { signal: closing.signal });
        if (closing.signal.aborted) return;
        await attempt();
        return;
      } catch (error) {
        if (closing.signal.aborted) return;
        if (isDatabaseAway(error)) continue;
        if (error instanceof AppError && TRANSIENT_CODES.has(error.code)) continue;
        if (error instanceof AppError) log.info({ code: error.code, name }, 'a share was not resumed');
        else log.error({ err: error, name }, 'resuming a share failed');
        return;
      }
    }
    log.warn({ name }, 'a share could not be resumed for now');
  }

  /** What is asked for during a run may concern what it has already looked at, so it is looked at again afterwards. */
  const run = (name: string, attempt: () => Promise<void>) => runs.run(name, () => retry(name, attempt));

  function resume(key: BufferKey): Promise<void> {
    return run(nameOf(key), () => resumeShare(key));
  }

  return {
    /** Resumes the recording of this buffer's share, if it ended without the sharer's doing. */
    resume,

    /** Resumes the recordings of all interrupted shares that are on now. */
    async resumeAll(): Promise<void> {
      await run('all', async () => {
        await Promise.all((await allInterrupted()).map(resume));
      });
    },

    /** Cancels waiting attempts, and waits for attempts under way. */
    async close(): Promise<void> {
      closing.abort();
      for (const timer of waitingForRoom.values()) clearTimeout(timer);
      await runs.settled();
    },
  };
}

function nameOf({ channelId, userId }: BufferKey): string {
  return `${channelId}/${userId}`;
}
