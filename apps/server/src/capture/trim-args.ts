import type { FfmpegCommand } from './ffmpeg-args.ts';
import { AUDIO_BITRATE_BPS, type TrimPlan } from './trim-plan.ts';

/** Ticks in which pictures are timed: those of video everywhere. */
const TIMESCALE = 90_000;
/** Less than any picture lasts, more than any rounding. */
const EPSILON_SECONDS = 0.0005;
/** Finer than the buffer's own keyframes: trims are looked at closely. */
const KEYFRAME_SECONDS = 2;

/**
 * Cuts a clip to the picture: encoded anew, so that the file's first sample is the first picture and no player needs an
 * edit list to find it. Each picture keeps its own time; the one on screen at the start is moved to it, and the last one
 * stays to the end. No B-frames, whose reordering would need an edit list again. Sound is AAC, with its holes filled.
 */
export function trimCommand(inputPath: string, plan: TrimPlan, outputPath: string): FfmpegCommand {
  const { fromSeconds, toSeconds, firstPictureSeconds, hasAudio } = plan;
  const seekSeconds = firstPictureSeconds - EPSILON_SECONDS;
  const video = [
    `trim=start=${decimal(seekSeconds)}:end=${decimal(toSeconds - EPSILON_SECONDS)}`,
    `settb=1/${TIMESCALE}`,
    `setpts='max(0,PTS-${Math.round(fromSeconds * TIMESCALE)})'`,
    `scale=${plan.width}:${plan.height}:force_original_aspect_ratio=decrease:force_divisible_by=2`,
    `pad=${plan.width}:${plan.height}:(ow-iw)/2:(oh-ih)/2,setsar=1`,
  ].join(',');
  const sound = [
    `atrim=start=${decimal(fromSeconds)}:end=${decimal(toSeconds)}`,
    `asetpts=PTS-${decimal(fromSeconds)}/TB`,
    'aresample=48000:async=1:min_hard_comp=0.01:first_pts=0',
  ].join(',');
  const durationTicks = Math.round((toSeconds - fromSeconds) * TIMESCALE);
  return {
    inputs: [
      {
        path: inputPath,
        options: ['-copyts', ...(seekSeconds > 0 ? ['-ss', decimal(seekSeconds)] : [])],
      },
    ],
    outputs: [
      {
        path: outputPath,
        options: [
          // A graph each: that of the pictures begins anew where their size changes.
          ...['-map', '0:v:0', '-vf', video, ...(hasAudio ? ['-map', '0:a:0', '-af', sound] : [])],
          ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-bf', '0'],
          // The true rate, for the level that is written: the time base would be taken for it.
          ...['-x264-params', `fps=${plan.framesPerSecond}`, '-pix_fmt', 'yuv420p'],
          ...['-maxrate', String(plan.maxBitrateBps), '-bufsize', String(plan.bufferBits)],
          ...['-force_key_frames', `expr:gte(t,n_forced*${KEYFRAME_SECONDS})`],
          ...['-fps_mode', 'passthrough', '-enc_time_base', `1/${TIMESCALE}`],
          ...['-video_track_timescale', String(TIMESCALE)],
          ...['-bsf:v', String.raw`setts=duration=max(1\,round(${durationTicks}/${TIMESCALE}/TB)-TS)`],
          ...(hasAudio ? ['-c:a', 'aac', '-b:a', String(AUDIO_BITRATE_BPS)] : []),
          ...['-map_metadata', '-1', '-f', 'mp4', '-moov_size', String(plan.moovBytes)],
        ],
      },
    ],
  };
}

function decimal(seconds: number): string {
  return seconds.toFixed(6);
}
