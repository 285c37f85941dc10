import { setTimeout as sleep } from 'node:timers/promises';
import type { PrismaClient, ReplayClip } from '@hindsight/db/client';
import type { ClipMarkerDto } from '@hindsight/shared/clip';
import { AppError } from '@hindsight/shared/errors';
import type { Timeline } from '../buffer/piece.ts';
import type { Log } from '../log.ts';
import type { CaptureSource } from './capture-source.ts';
import { markersInRuns } from './clip-markers.ts';
import { planClip, type ClipPlan } from './clip-plan.ts';
import { orAborted } from './or-aborted.ts';
import type { Selection } from './selection.ts';

/** How long a clip waits for its last moments to arrive from the recorder. */
const TAIL_WAIT_MS = 1500;
const TAIL_POLL_MS = 40;
/** A frame's time: nearer to the press than this nobody can tell. */
const TAIL_TOLERANCE_MS = 50;

interface CapturePlannerDependencies {
  db: PrismaClient;
  source: Pick<CaptureSource, 'flush' | 'pieces' | 'isLive'>;
  log: Pick<Log, 'warn'>;
}

/** What a capture will hold. */
export interface PlannedCapture {
  plan: ClipPlan;
  /** What its owner marked while it was recorded. */
  markers: readonly ClipMarkerDto[];
}

export type CapturePlanner = ReturnType<typeof createCapturePlanner>;

/** Decides what of the buffer goes into an accepted capture. */
export function createCapturePlanner({ db, source, log }: CapturePlannerDependencies) {
  /** The buffer of a clip, once it reaches the clip's end or nothing more comes. */
  async function waitForTail(clip: ReplayClip, signal: AbortSignal): Promise<Timeline> {
    const key = { userId: clip.userId, channelId: clip.roomName };
    const deadline = Date.now() + TAIL_WAIT_MS;
    for (;;) {
      const isLive = await source.isLive(key);
      await orAborted(source.flush(key), signal);
      const timeline = await source.pieces(key, clip.createdAt.getTime());
      const reachedMs = timeline.at(-1)?.toMs ?? 0;
      const isThere = reachedMs >= clip.toAt.getTime() - TAIL_TOLERANCE_MS;
      if (isThere || !isLive || Date.now() > deadline) return timeline;
      await sleep(TAIL_POLL_MS, undefined, { signal });
    }
  }

  async function findMarkers({ userId, roomName }: ReplayClip, { fromMs, toMs, runs }: Selection) {
    const marks = await db.replayMarker.findMany({
      where: { userId, channelId: roomName, at: { gte: new Date(fromMs), lt: new Date(toMs) } },
      select: { at: true, label: true },
    });
    return markersInRuns(marks, runs);
  }

  return {
    /** @throws AppError RANGE_NOT_BUFFERED when nothing of it is left */
    async plan(clip: ReplayClip, signal: AbortSignal): Promise<PlannedCapture> {
      const timeline = await waitForTail(clip, signal);
      const range = { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() };
      const plan = await planClip(timeline, range, (error) =>
        log.warn({ clipId: clip.id, err: error }, 'left a broken segment out of a clip'),
      );
      if (plan === null) throw new AppError('RANGE_NOT_BUFFERED');
      return { plan, markers: await findMarkers(clip, plan.selection) };
    },
  };
}
