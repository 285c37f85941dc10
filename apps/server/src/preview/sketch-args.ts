import type { Piece } from '../buffer/piece.ts';
import type { FfmpegCommand } from '../ffmpeg/ffmpeg-command.ts';
import { PCM_RATE } from './peaks.ts';

/** A still on the timeline has this height, for screens with two pixels to the point. */
const STILL_HEIGHT = 96;
/**
 * Timestamps and playlist times are rounded differently, so a keyframe may be this early and still belong to its piece.
 */
const EARLY_MS = 100;

export interface SketchOptions {
  /** The playlist has just these pieces. */
  playlistPath: string;
  /** The pieces play on from each other. */
  pieces: readonly Piece[];
  /** Each piece's still is written to its path. */
  stillPaths: readonly string[];
  /** The sound of all pieces is written here. The path is null when there is no sound. */
  pcmPath: string | null;
}

/**
 * Extracts one still of each piece, its first keyframe, and the sound of all pieces, in one run. Only keyframes are
 * decoded.
 */
export function sketchCommand({ playlistPath, pieces, stillPaths, pcmPath }: SketchOptions): FfmpegCommand {
  const originMs = pieces[0]?.fromMs ?? 0;
  const stills = stillPaths.map((path, index) => {
    const seconds = (ms: number) => ((ms - originMs - EARLY_MS) / 1000).toFixed(3);
    const next = pieces[index + 1];
    const bounds = [`gte(t,${seconds(pieces[index]?.fromMs ?? originMs)})`];
    // The time has an upper bound, because otherwise a piece that can't be decoded would show its neighbour. The last
    // piece has none, because it may have just begun.
    if (next !== undefined) bounds.push(`lt(t,${seconds(next.fromMs)})`);
    const filter = `select='${bounds.join('*')}',setpts=PTS-STARTPTS,scale=-2:${STILL_HEIGHT}`;
    return {
      path,
      options: ['-map', '0:v:0', '-frames:v', '1', '-vf', filter, '-q:v', '5', '-f', 'mjpeg'],
    };
  });
  // A gap or a late start becomes silence, so that a sample's position in the output is its time.
  const toPcm = ['-af', `aresample=${PCM_RATE}:async=1:first_pts=0`, '-ac', '1', '-f', 's16le'];
  const sound = pcmPath === null ? [] : [{ path: pcmPath, options: ['-map', '0:a:0', ...toPcm] }];
  return {
    inputs: [{ path: playlistPath, options: ['-threads', '1', '-skip_frame', 'nokey', '-f', 'hls'] }],
    outputs: [...stills, ...sound],
  };
}
