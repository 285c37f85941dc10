import type { Piece } from '../buffer/piece.ts';
import type { FfmpegCommand } from '../ffmpeg/ffmpeg-command.ts';
import { PCM_RATE } from './peaks.ts';

/** Of a still on the timeline, on screens with two pixels to the point. */
const STILL_HEIGHT = 96;
/** Timestamps and playlist times are rounded differently: a keyframe this much early still opens its piece. */
const EARLY_MS = 100;

export interface SketchOptions {
  /** A playlist of just these pieces. */
  playlistPath: string;
  /** They play on from each other. */
  pieces: readonly Piece[];
  /** Where each piece's still goes. */
  stillPaths: readonly string[];
  /** Where the sound of all of them goes; null without sound. */
  pcmPath: string | null;
}

/**
 * One still of each piece, of the keyframe that it begins with, and the sound of them all, in one run: of the pictures only
 * keyframes are decoded.
 */
export function sketchCommand({ playlistPath, pieces, stillPaths, pcmPath }: SketchOptions): FfmpegCommand {
  const originMs = pieces[0]?.fromMs ?? 0;
  const stills = stillPaths.map((path, index) => {
    const seconds = (ms: number) => ((ms - originMs - EARLY_MS) / 1000).toFixed(3);
    const next = pieces[index + 1];
    const bounds = [`gte(t,${seconds(pieces[index]?.fromMs ?? originMs)})`];
    // Bounded, or a piece that can't be decoded would show its neighbour; the last has none, and may have just begun.
    if (next !== undefined) bounds.push(`lt(t,${seconds(next.fromMs)})`);
    const filter = `select='${bounds.join('*')}',setpts=PTS-STARTPTS,scale=-2:${STILL_HEIGHT}`;
    return {
      path,
      options: ['-map', '0:v:0', '-frames:v', '1', '-vf', filter, '-q:v', '5', '-f', 'mjpeg'],
    };
  });
  // A hole or a late start becomes silence, so that a sample's place in the output is its time.
  const toPcm = ['-af', `aresample=${PCM_RATE}:async=1:first_pts=0`, '-ac', '1', '-f', 's16le'];
  const sound = pcmPath === null ? [] : [{ path: pcmPath, options: ['-map', '0:a:0', ...toPcm] }];
  return {
    inputs: [{ path: playlistPath, options: ['-threads', '1', '-skip_frame', 'nokey', '-f', 'hls'] }],
    outputs: [...stills, ...sound],
  };
}
