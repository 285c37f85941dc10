import type { PrismaClient } from '@hindsight/db/client';
import { retentionMarginMs, type BufferKey, type BufferPolicy } from './buffer-policy.ts';
import type { Timeline } from './piece.ts';
import type { BufferLocation, RecentPart, SessionBuffers } from './session-buffers.ts';
import { captureableFromMs, joinSessions, piecesAfter } from './timeline.ts';

/** This is a session whose buffer is kept, as the database knows it. */
export interface KeptSession extends BufferLocation {
  egressId: string | null;
  serverId: string | null;
  endedAt: Date | null;
  /** A running session's buffer may still grow. */
  isRunning: boolean;
  /** Tells whether voices were kept beside the share at any time. */
  hasVoices: boolean;
}

export interface TimelineService {
  /**
   * Returns what can be captured at a moment (epoch ms), which may be in the past. It covers all sessions that ran or
   * were in grace at that moment.
   */
  of(key: BufferKey, atMs: number): Promise<Timeline>;
  /**
   * Returns all that retention leaves at a moment, including what could be captured shortly before and is still shown by
   * an open dialog.
   */
  kept(key: BufferKey, atMs: number): Promise<Timeline>;
  /** Returns the sessions that `kept` is about. */
  keptSessions(key: BufferKey, atMs: number): Promise<KeptSession[]>;
  /**
   * Returns what `kept` does, of sessions that were found before.
   * @param lastMs so much of each session before the moment is needed, in ms, and the rest may be left out; null for all
   */
  keptOf(sessions: readonly KeptSession[], atMs: number, lastMs: number | null): Promise<Timeline>;
  /** Returns the true end of what a session has recorded (epoch ms), or null when it has recorded nothing. */
  endOf(session: BufferLocation): Promise<number | null>;
}

export function createTimelineService({
  db,
  buffers,
  policy,
}: {
  db: PrismaClient;
  buffers: SessionBuffers;
  policy: BufferPolicy;
}): TimelineService {
  /** Finds sessions in one statement, because every press begins with it. */
  async function sessionsAt({ userId, channelId }: BufferKey, atMs: number): Promise<KeptSession[]> {
    return db.$queryRaw<KeptSession[]>`
      SELECT s."id"::text, s."segmentPath", s."egressId", s."serverId"::text, s."endedAt",
        s."status" IN ('STARTING', 'ACTIVE') AS "isRunning",
        EXISTS (SELECT 1 FROM "KeptVoice" v WHERE v."sessionId" = s."id") AS "hasVoices"
      FROM "EgressSession" s
      WHERE s."userId" = ${userId}::uuid AND s."roomName" = ${channelId} AND s."purgedAt" IS NULL
        AND (s."endedAt" IS NULL OR s."endedAt" > ${new Date(atMs - policy.graceMs)})`;
  }

  async function piecesOf(
    sessions: readonly KeptSession[],
    atMs: number,
    recent?: RecentPart,
  ): Promise<Timeline> {
    const pieces = await Promise.all(
      sessions.map(async (session) => {
        const span = { endedAtMs: session.endedAt?.getTime() ?? null };
        return piecesAfter(await buffers.read(session, recent), captureableFromMs(span, policy, atMs));
      }),
    );
    return joinSessions(pieces);
  }

  const captureable = async (key: BufferKey, atMs: number) => piecesOf(await sessionsAt(key, atMs), atMs);
  const marginMs = retentionMarginMs(policy);

  return {
    of: captureable,

    kept: (key, atMs) => captureable(key, atMs - marginMs),
    keptSessions: (key, atMs) => sessionsAt(key, atMs - marginMs),
    keptOf: (sessions, atMs, lastMs) =>
      piecesOf(sessions, atMs - marginMs, lastMs === null ? undefined : { ms: lastMs, beforeMs: atMs }),

    async endOf(session) {
      return (await buffers.read(session)).at(-1)?.toMs ?? null;
    },
  };
}
