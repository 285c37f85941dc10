import type { PrismaClient } from '@hindsight/db/client';
import type { BufferKey } from '../../buffer/buffer-policy.ts';
import type { Timeline } from '../../buffer/piece.ts';
import type { TimelineService } from '../../buffer/timeline.service.ts';
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
  timeline: Pick<TimelineService, 'kept'>;
  flush: (key: BufferKey) => Promise<void>;
  refresh: (key: BufferKey) => Promise<void>;
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
    /** Does the same, if it takes no time. */
    refresh,
    pieces,

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
