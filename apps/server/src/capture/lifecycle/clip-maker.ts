import type { ReplayClip } from '@hindsight/db/client';
import type { ClipMarkerDto, ClipPhase } from '@hindsight/shared/clip';
import type { WrittenClip } from './clip-check.ts';
import type { TimeRange } from '../plan/selection.ts';

export interface MakeOptions {
  /** An empty directory in the storage's file system. */
  directory: string;
  signal: AbortSignal;
  report: (phase: ClipPhase, fraction: number) => Promise<void>;
}

/** A clip that has been made and is not yet in its place. */
export interface MadeClip {
  written: WrittenClip;
  /** True wall-clock time. */
  range: TimeRange;
  markers: readonly ClipMarkerDto[];
}

/** Makes the file of a clip: out of the buffer, or out of another clip. */
export interface ClipMaker {
  /** @throws AppError with the code that the clip fails with */
  make(clip: ReplayClip, options: MakeOptions): Promise<MadeClip>;
}
