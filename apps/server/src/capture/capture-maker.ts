import { setTimeout as sleep } from 'node:timers/promises';
import type { PrismaClient, ReplayClip } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { toSafeNumber } from '@hindsight/shared/units';
import type { Timeline } from '../buffer/piece.ts';
import type { Log } from '../log.ts';
import type { CaptureSource } from './capture-source.ts';
import type { ClipMaker } from './clip-maker.ts';
import { markersInRuns } from './clip-markers.ts';
import { planClip } from './clip-plan.ts';
import type { ClipWriter } from './clip-writer.ts';
import { orAborted } from './or-aborted.ts';
import type { Selection } from './selection.ts';

/** How long a clip waits for its last moments to arrive from the recorder. */
const TAIL_WAIT_MS = 1500;
const TAIL_POLL_MS = 100;
/** A frame's time: nearer to the press than this nobody can tell. */
const TAIL_TOLERANCE_MS = 50;

interface CaptureMakerDependencies {
  db: PrismaClient;
  source: Pick<CaptureSource, 'flush' | 'pieces' | 'isLive'>;
  writer: ClipWriter;
  log: Pick<Log, 'warn'>;
}

/** Makes captures out of the buffer. */
export function createCaptureMaker({ db, source, writer, log }: CaptureMakerDependencies): ClipMaker {
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

  /** What its owner marked while it was recorded. */
  async function findMarkers({ userId, roomName }: ReplayClip, { fromMs, toMs, runs }: Selection) {
    const marks = await db.replayMarker.findMany({
      where: { userId, channelId: roomName, at: { gte: new Date(fromMs), lt: new Date(toMs) } },
      select: { at: true, label: true },
    });
    return markersInRuns(marks, runs);
  }

  return {
    async make(clip, { directory, signal, report }) {
      await report('WAITING', 0);
      const timeline = await waitForTail(clip, signal);
      const range = { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() };
      const plan = await planClip(timeline, range, (error) =>
        log.warn({ clipId: clip.id, err: error }, 'left a broken segment out of a clip'),
      );
      if (plan === null) throw new AppError('RANGE_NOT_BUFFERED');

      const phase = plan.canCopy ? 'WRITING' : 'ENCODING';
      await report(phase, 0);
      const written = await writer.write(plan, {
        directory,
        maxBytes: toSafeNumber(clip.reservedBytes),
        signal,
        onProgress: (fraction) => void report(phase, fraction).catch(() => undefined),
      });
      return { written, range: plan.selection, markers: await findMarkers(clip, plan.selection) };
    },
  };
}
