import { rm, unlink } from 'node:fs/promises';
import type { PrismaClient } from '@hindsight/db/client';
import { MINUTE } from '@hindsight/shared/units';
import type { AppEvents } from '../events/events.ts';
import { bufferDirectory } from './buffer-paths.ts';
import { retentionMarginMs, type BufferPolicy } from './buffer-policy.ts';
import { removeStrayDirectories } from './buffer-sweep.ts';
import type { DiskGuard } from '../storage/disk-guard.ts';
import type { Piece } from './piece.ts';
import { deletablePieces, piecesToFree, voicesKeptFromMs, type KeptBuffer } from './retention-rules.ts';
import type { SessionBuffers } from './session-buffers.ts';
import { createVoiceLanes } from './voice-lanes.ts';

/** The newest part of each buffer of this length stays, however full the disk is. */
const LEAST_KEPT_MS = 2 * MINUTE;

export interface RetentionDeps {
  db: PrismaClient;
  bufferDir: string;
  policy: BufferPolicy;
  buffers: SessionBuffers;
  disk: Pick<DiskGuard, 'shortfallBytes'>;
  events: Pick<AppEvents, 'emit' | 'listen'>;
}

/**
 * Deletes what buffers no longer need, but never a piece that an unfinished capture needs, and never a saved clip. It
 * runs every few seconds. Each run starts from what is on disk, so the next run completes one that was interrupted.
 */
export function createRetention({ db, bufferDir, policy, buffers, disk, events }: RetentionDeps) {
  const marginMs = retentionMarginMs(policy);
  const lanes = createVoiceLanes({ bufferDir });
  let lastRunMs: number | undefined;

  /** Returns from when on unfinished captures need each user's buffer in each room (epoch ms, by `room/user`). */
  async function neededFromMs(): Promise<Map<string, number>> {
    const clips = await db.replayClip.groupBy({
      by: ['userId', 'roomName'],
      // Trims are excluded, because they are made from clips and need no buffer.
      where: { status: 'PROCESSING', trimFromMs: null },
      _min: { fromAt: true },
    });
    return new Map(
      clips.flatMap(({ userId, roomName, _min }) =>
        _min.fromAt === null ? [] : [[`${roomName}/${userId}`, _min.fromAt.getTime()]],
      ),
    );
  }

  async function readSessions() {
    const sessions = await db.egressSession.findMany({
      where: { purgedAt: null },
      select: { id: true, userId: true, roomName: true, segmentPath: true, endedAt: true },
    });
    const neededFrom = await neededFromMs();
    return Promise.all(
      sessions.map(async (session) => ({
        ...session,
        key: `${session.roomName}/${session.userId}`,
        endedAtMs: session.endedAt?.getTime() ?? null,
        neededFromMs: neededFrom.get(`${session.roomName}/${session.userId}`) ?? Number.POSITIVE_INFINITY,
        pieces: await buffers.read(session),
      })),
    );
  }

  async function purge(
    session: { id: string; userId: string; roomName: string; segmentPath: string },
    nowMs: number,
  ) {
    // Files are deleted before the row is marked. After a crash in between the next run tries again, whereas a row that
    // was marked too early would leave the files for ever.
    await rm(bufferDirectory(bufferDir, session.segmentPath), { recursive: true, force: true });
    await db.egressSession.update({ where: { id: session.id }, data: { purgedAt: new Date(nowMs) } });
    events.emit('purged', { sessionId: session.id });
    events.emit('mine', { userId: session.userId, channelId: session.roomName });
  }

  /**
   * Tells the owner of a session whose grace ended since the last run: there is nothing to capture any more, though
   * nothing is deleted yet.
   */
  function announceEndOfGrace(
    { endedAtMs, userId, roomName }: { endedAtMs: number | null; userId: string; roomName: string },
    nowMs: number,
  ): void {
    if (endedAtMs === null) return;
    const graceEndMs = endedAtMs + policy.graceMs;
    // The first run looks back a minute, for sessions whose grace ended between another server's last run and this one.
    if (graceEndMs > (lastRunMs ?? nowMs - MINUTE) && graceEndMs <= nowMs)
      events.emit('mine', { userId, channelId: roomName });
  }

  // Every server that has read a buffer listens, because another server may be the one that purges it.
  const stopListening = [
    events.listen('purged', ({ sessionId }) => buffers.forget(sessionId)),
    events.listen('gap', () => buffers.forgetAll()),
  ];

  return {
    /** Does one run for a moment (epoch ms). Runs must not overlap. */
    async run(nowMs: number): Promise<void> {
      const kept: (KeptBuffer & { segmentPath: string; keepFromMs: number })[] = [];
      for (const session of await readSessions()) {
        announceEndOfGrace(session, nowMs);
        const isOver = session.endedAtMs !== null && nowMs >= session.endedAtMs + policy.graceMs + marginMs;
        if (isOver && session.neededFromMs === Number.POSITIVE_INFINITY) {
          await purge(session, nowMs);
          continue;
        }
        const keepFromMs = isOver
          ? Number.POSITIVE_INFINITY
          : (session.endedAtMs ?? nowMs) - policy.windowMs - marginMs;
        const drop = deletablePieces(session, keepFromMs);
        await removePieces(drop);
        kept.push({
          ...session,
          keepFromMs,
          pieces: session.pieces.filter((piece) => !drop.includes(piece)),
        });
      }

      const shortfallBytes = await disk.shortfallBytes();
      const freed = shortfallBytes > 0 ? piecesToFree(kept, shortfallBytes, LEAST_KEPT_MS) : [];
      await removePieces(freed);
      for (const session of kept) {
        const pieces = session.pieces.filter((piece) => !freed.includes(piece));
        await lanes.dropBefore(
          session.segmentPath,
          voicesKeptFromMs({ ...session, pieces }, session.keepFromMs),
        );
      }

      await removeStrayDirectories({ db, bufferDir });
      lastRunMs = nowMs;
    },

    close(): void {
      for (const stop of stopListening) stop();
    },
  };
}

async function removePieces(pieces: readonly Piece[]): Promise<void> {
  for (const { path } of pieces) {
    await unlink(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}
