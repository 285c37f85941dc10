/** The command is one call of ffmpeg. Options are given before their input or output, as on the command line. */
export interface FfmpegCommand {
  inputs: readonly { path: string; options: readonly string[] }[];
  /** The graph has filters over several inputs. */
  filterGraph?: string;
  outputs: readonly { path: string; options: readonly string[] }[];
}

/** Background work is limited to one processor, so that a recording always finds another one. */
export const ONE_THREAD: readonly string[] = ['-threads', '1'];

/** A cut says where it begins in its input, and how long it is. */
export interface Cut {
  startSeconds: number;
  durationSeconds: number;
}

/** This is shorter than any frame and longer than any rounding. */
const EPSILON_SECONDS = 0.0005;

/**
 * Returns a time between the last frame before a moment and the frame shown at it, because times are rounded when they
 * are written.
 */
export function justBefore(atSeconds: number): number {
  return atSeconds - EPSILON_SECONDS;
}

/** Returns the options of an input that begins with the frame shown at a moment. Timestamps stay as they are. */
export function seekTo(atSeconds: number): string[] {
  const startSeconds = justBefore(atSeconds);
  return ['-copyts', ...(startSeconds > 0 ? ['-ss', startSeconds.toFixed(6)] : [])];
}

/** Returns a length in milliseconds as the seconds that ffmpeg's options take, to the microsecond. */
export function ffmpegSeconds(ms: number): string {
  return (ms / 1000).toFixed(6);
}

/** Returns the options of an output whose only metadata is the true time of its start, in epoch ms. */
export function recordedAt(recordedAtMs: number): string[] {
  return ['-map_metadata', '-1', '-metadata', `creation_time=${new Date(recordedAtMs).toISOString()}`];
}
