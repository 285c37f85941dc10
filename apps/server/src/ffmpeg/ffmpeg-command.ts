/** One call of ffmpeg. Options stand in front of their input or output, as on its command line. */
export interface FfmpegCommand {
  inputs: readonly { path: string; options: readonly string[] }[];
  /** Filters over several inputs. */
  filterGraph?: string;
  outputs: readonly { path: string; options: readonly string[] }[];
}

/** What nobody waits for is run with: one processor, so that a recording always finds the other. */
export const ONE_THREAD: readonly string[] = ['-threads', '1'];

/** Where a cut begins in its input, and how long it is. */
export interface Cut {
  startSeconds: number;
  durationSeconds: number;
}

/** Less than any picture lasts, more than any rounding. */
const EPSILON_SECONDS = 0.0005;

/** Behind the last picture before a moment, before the one that is shown at it: times are rounded as they are written. */
export function justBefore(atSeconds: number): number {
  return atSeconds - EPSILON_SECONDS;
}

/** Options of an input that begins with the picture that is shown at a moment. Timestamps stay as they are. */
export function seekTo(atSeconds: number): string[] {
  const startSeconds = justBefore(atSeconds);
  return ['-copyts', ...(startSeconds > 0 ? ['-ss', startSeconds.toFixed(6)] : [])];
}

/** Returns a length in milliseconds as the seconds that ffmpeg's options take, to the microsecond. */
export function ffmpegSeconds(ms: number): string {
  return (ms / 1000).toFixed(6);
}
