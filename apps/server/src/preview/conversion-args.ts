import type { FfmpegCommand } from '../ffmpeg/ffmpeg-command.ts';

/**
 * Turns one piece into H.264 in fragmented MP4, for browsers that can't play its codec from a playlist: quickly, since
 * somebody waits. Its timestamps stay, so that it plays on from its neighbours; so does its sound.
 * @param endSeconds where its last picture ends, on its timestamps' own clock: an encoder only knows when pictures begin,
 *   and a player stops where one is missing
 */
export function conversionCommand(
  playlistPath: string,
  outputPath: string,
  endSeconds: number,
): FfmpegCommand {
  const evenSize = 'scale=trunc(iw/2)*2:trunc(ih/2)*2';
  return {
    inputs: [{ path: playlistPath, options: ['-copyts', '-f', 'hls'] }],
    outputs: [
      {
        path: outputPath,
        options: [
          ...['-map', '0:v:0', '-map', '0:a:0?', '-c:a', 'copy'],
          ...[
            '-c:v',
            'libx264',
            '-preset',
            'ultrafast',
            '-crf',
            '23',
            '-pix_fmt',
            'yuv420p',
            '-vf',
            evenSize,
          ],
          // Each picture at its own time, and one keyframe at the beginning: what the piece had.
          ...['-fps_mode', 'passthrough', '-enc_time_base', '1:90000', '-g', '100000'],
          // Only the last one's counts: that of the others is up to the next one.
          ...['-bsf:v', String.raw`setts=duration=max(1\,round(${endSeconds.toFixed(6)}/TB)-TS)`],
          // The muxer would move its first timestamp to 0.
          ...['-f', 'mp4', '-avoid_negative_ts', 'disabled', '-video_track_timescale', '90000'],
          ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof+frag_discont'],
        ],
      },
    ],
  };
}
