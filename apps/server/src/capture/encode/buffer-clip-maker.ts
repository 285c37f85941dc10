import type { Log } from '../../log.ts';
import { toSafeNumber } from '@hindsight/shared/units';
import { markersInTrim } from '../plan/clip-markers.ts';
import type { CapturePlanner } from '../plan/capture-planner.ts';
import type { ClipMaker } from '../lifecycle/clip-maker.ts';
import type { ClipEncoder } from './clip-encoder.ts';

interface BufferClipMakerDependencies {
  planner: Pick<CapturePlanner, 'read' | 'plan'>;
  writer: ClipEncoder;
  log: Pick<Log, 'warn'>;
}

/** Makes the files of captures that ffmpeg has to join or encode, from whatever is left of their media. */
export function createBufferClipMaker({ planner, writer, log }: BufferClipMakerDependencies): ClipMaker {
  return {
    async make(clip, { directory, signal, report }) {
      const { plan, markers } = await planner.plan(clip, await planner.read(clip));
      const phase = plan.canCopy ? 'WRITING' : 'ENCODING';
      await report(phase, 0);
      const { written, lateMs } = await writer.write(plan, {
        directory,
        maxBytes: toSafeNumber(clip.reservedBytes),
        signal,
        // What deviates again is how the media is. A clip that can be watched is better than none.
        onDeviation:
          clip.attempts === 0
            ? undefined
            : (deviation) => log.warn({ clipId: clip.id, deviation }, 'a clip differs from its plan'),
        onProgress: (fraction) => void report(phase, fraction).catch(() => undefined),
      });
      const { fromMs, toMs } = plan.selection;
      return {
        written,
        range: { fromMs: fromMs + lateMs, toMs },
        markers: markersInTrim(markers, { fromMs: lateMs, toMs: Number.POSITIVE_INFINITY }),
      };
    },
  };
}
