import type { ReplayClip } from '@hindsight/db/client';
import type { ClipMarkerDto, ClipPhase } from '@hindsight/shared/clips/clip';
import type { WrittenClip } from './clip-check.ts';
import type { TimeRange } from '../plan/selection.ts';

interface MakeOptions {
  /** The directory is empty, and in the storage's file system. */
  directory: string;
  signal: AbortSignal;
  report: (phase: ClipPhase, fraction: number) => Promise<void>;
}

/** A made clip has its files, but they are not stored yet. */
export interface MadeClip {
  written: WrittenClip;
  /** The range is true wall-clock time. */
  range: TimeRange;
  markers: readonly ClipMarkerDto[];
}

/** Makes the file of a clip, from the buffer or from another clip. */
export interface ClipMaker {
  /**
   * Makes a clip's file.
   * @throws AppError with the code that the clip fails with
   */
  make(clip: ReplayClip, options: MakeOptions): Promise<MadeClip>;
}
