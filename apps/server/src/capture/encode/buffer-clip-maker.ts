import { toSafeNumber } from '@hindsight/shared/units';
import type { CapturePlanner } from '../plan/capture-planner.ts';
import type { ClipMaker } from '../lifecycle/clip-maker.ts';
import type { ClipEncoder } from './clip-encoder.ts';

interface BufferClipMakerDependencies {
  planner: Pick<CapturePlanner, 'read' | 'plan'>;
  writer: ClipEncoder;
}

/** Makes the files of captures that ffmpeg has to join or encode, from whatever is left of their media. */
export function createBufferClipMaker({ planner, writer }: BufferClipMakerDependencies): ClipMaker {
  return {
    async make(clip, { directory, signal, report }) {
      const { plan, markers } = await planner.plan(clip, await planner.read(clip));
      const phase = plan.canCopy ? 'WRITING' : 'ENCODING';
      await report(phase, 0);
      const written = await writer.write(plan, {
        directory,
        maxBytes: toSafeNumber(clip.reservedBytes),
        signal,
        onProgress: (fraction) => void report(phase, fraction).catch(() => undefined),
      });
      return { written, range: plan.selection, markers };
    },
  };
}
