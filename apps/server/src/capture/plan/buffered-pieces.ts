import type { PrismaClient } from '@hindsight/db/client';
import type { BufferKey } from '../../buffer/buffer-policy.ts';
import type { Timeline } from '../../buffer/piece.ts';
import type { KeptSession, TimelineService } from '../../buffer/timeline.service.ts';
import { select } from './selection.ts';

/** The buffered pieces are the part of the buffer's functions that captures use. */
export type BufferedPieces = ReturnType<typeof createBufferedPieces>;

/** These columns of a clip say whose buffer it is made from, which range, and when it was requested. */
interface CapturedRange {
  userId: string;
  roomName: string;
  fromAt: Date;
  toAt: Date;
  pressedAt: Date;
}

interface BufferedPiecesDependencies {
  db: PrismaClient;
  timeline: Pick<TimelineService, 'kept' | 'keptOf' | 'keptSessions'>;
  flush: (key: BufferKey) => Promise<void>;
  refresh: (session: KeptSession) => Promise<void>;
}

/** This is a buffer as a press finds it. */
export interface PressedBuffer {
  timeline: Timeline;
  /** Tells whether the buffer may still grow. */
  isLive: boolean;
  /** Tells whether voices were kept beside the share at any time. */
  hasVoices: boolean;
}

export function createBufferedPieces({ db, timeline, flush, refresh }: BufferedPiecesDependencies) {
  /**
   * Returns the buffer as it could be captured at a moment or from a dialog opened shortly before, with whatever has been
   * recorded since.
   */
  async function pieces(key: BufferKey, atMs: number): Promise<Timeline> {
    return timeline.kept(key, atMs);
  }

  return {
    /** Makes what the recorder has received readable, however long it takes. */
    flush,
    pieces,

    /**
     * Returns the buffer as it could be captured by a press at a moment. What the recorder has received is made readable first, if
     * that takes no time.
     * @param lastMs the part at the end that the press is about, in ms; the rest may be left out. It is null for all.
     */
    async atPress(key: BufferKey, atMs: number, lastMs: number | null): Promise<PressedBuffer> {
      const sessions = await timeline.keptSessions(key, atMs);
      const running = sessions.find(({ isRunning }) => isRunning);
      if (running !== undefined) await refresh(running);
      return {
        timeline: await timeline.keptOf(sessions, atMs, lastMs),
        isLive: running !== undefined,
        hasVoices: sessions.some(({ hasVoices }) => hasVoices),
      };
    },

    /** Says whether the buffer may still grow. */
    async isLive({ userId, channelId }: BufferKey): Promise<boolean> {
      const running = await db.egressSession.count({
        where: { userId, roomName: channelId, status: { in: ['STARTING', 'ACTIVE'] } },
      });
      return running > 0;
    },

    /** Says whether a clip, or a part of it, could still be made. */
    async isBuffered(clip: CapturedRange): Promise<boolean> {
      const key = { userId: clip.userId, channelId: clip.roomName };
      const range = { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() };
      return select(await pieces(key, clip.pressedAt.getTime()), range) !== null;
    },
  };
}
