import type { FfmpegCommand } from '../ffmpeg/ffmpeg-command.ts';

/**
 * Converts one piece to H.264 in fragmented MP4, for browsers that can't play its codec from a playlist. It is fast,
 * because a user waits. Timestamps stay, so that the piece plays on from its neighbours, and the sound is copied.
 * @param endSeconds the end of its last picture, on the clock of its timestamps: an encoder only knows when pictures
 * begin, and a player stops where one is missing
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
          // Each picture keeps its own time, and there is one keyframe at the beginning, as in the piece.
          ...['-fps_mode', 'passthrough', '-enc_time_base', '1:90000', '-g', '100000'],
          // Only the last picture's duration matters. The others end where the next one begins.
          ...['-bsf:v', String.raw`setts=duration=max(1\,round(${endSeconds.toFixed(6)}/TB)-TS)`],
          // Otherwise the muxer would move the first timestamp to 0.
          ...['-f', 'mp4', '-avoid_negative_ts', 'disabled', '-video_track_timescale', '90000'],
          ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof+frag_discont'],
        ],
      },
    ],
  };
}
