import { setTimeout as sleep } from 'node:timers/promises';
import type { PrismaClient, ReplayClip } from '@hindsight/db/client';
import type { ClipMarkerDto } from '@hindsight/shared/clips/clip';
import { AppError } from '@hindsight/shared/errors';
import type { Timeline } from '../../buffer/piece.ts';
import type { Log } from '../../log.ts';
import type { BufferedPieces } from './buffered-pieces.ts';
import { markersInRuns } from './clip-markers.ts';
import type { KeptMicrophones } from './kept-microphones.ts';
import { chosenGainsDb } from '../mix/chosen-gains.ts';
import { orAborted } from './or-aborted.ts';
import type { PlannedClip, PlanThread } from './plan-thread.ts';

/** A clip waits this long for its last moments to arrive from the recorder. */
const TAIL_WAIT_MS = 1500;
const TAIL_POLL_MS = 40;
/** The end may be this much early. It is about the time of a frame, which users don't notice. */
const TAIL_TOLERANCE_MS = 50;

interface CapturePlannerDependencies {
  db: PrismaClient;
  source: Pick<BufferedPieces, 'flush' | 'pieces' | 'isLive'>;
  thread: Pick<PlanThread, 'plan'>;
  microphones: Pick<KeptMicrophones, 'of'>;
  log: Pick<Log, 'warn'>;
}

/** A planned capture is a planned clip with its markers. */
export interface PlannedCapture extends PlannedClip {
  /** The clip's owner set these markers while it was recorded. */
  markers: readonly ClipMarkerDto[];
}

export type CapturePlanner = ReturnType<typeof createCapturePlanner>;

/** Decides which part of the buffer goes into an accepted capture. */
export function createCapturePlanner({ db, source, thread, microphones, log }: CapturePlannerDependencies) {
  async function read({ userId, roomName, pressedAt }: ReplayClip): Promise<Timeline> {
    return source.pieces({ userId, channelId: roomName }, pressedAt.getTime());
  }

  function reachesEnd(timeline: Timeline, clip: ReplayClip): boolean {
    return (timeline.at(-1)?.toMs ?? 0) >= clip.toAt.getTime() - TAIL_TOLERANCE_MS;
  }

  /** Finds the marks in the whole range that a clip may have. */
  function findMarks({ userId, roomName, fromAt, toAt }: ReplayClip) {
    return db.replayMarker.findMany({
      where: { userId, channelId: roomName, at: { gte: fromAt, lt: toAt } },
      select: { at: true, label: true },
    });
  }

  return {
    /** Reads the buffer of a clip as it is now. */
    read,

    /**
     * Reads the buffer once it reaches the clip's end, or nothing more comes. Waiting can take many seconds, but no work.
     * @param known the buffer a moment ago
     */
    async readWithTail(clip: ReplayClip, signal: AbortSignal, known?: Timeline): Promise<Timeline> {
      if (known !== undefined && reachesEnd(known, clip)) return known;
      const key = { userId: clip.userId, channelId: clip.roomName };
      const deadline = Date.now() + TAIL_WAIT_MS;
      for (;;) {
        const timeline = await read(clip);
        // A flush also waits for media received since, so a clip whose media is complete skips it.
        if (reachesEnd(timeline, clip)) return timeline;
        const isLive = await source.isLive(key);
        await orAborted(source.flush(key), signal);
        if (!isLive || Date.now() > deadline) return read(clip);
        await sleep(TAIL_POLL_MS, undefined, { signal });
      }
    },

    /**
     * Plans a clip.
     * @param timeline the clip's buffer
     * @throws AppError RANGE_NOT_BUFFERED when nothing of the range is left
     */
    async plan(clip: ReplayClip, timeline: Timeline): Promise<PlannedCapture> {
      const range = { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() };
      const onBroken = (error: Error) =>
        log.warn({ clipId: clip.id, err: error }, 'left a broken segment out of a clip');
      const [planned, marks] = await Promise.all([
        microphones
          .of(clip, timeline)
          .then((kept) =>
            thread.plan(timeline, range, onBroken, { microphones: kept, gainsDb: chosenGainsDb(clip) }),
          ),
        findMarks(clip),
      ]);
      if (planned === null) throw new AppError('RANGE_NOT_BUFFERED');
      return { ...planned, markers: markersInRuns(marks, planned.plan.selection.runs) };
    },
  };
}
