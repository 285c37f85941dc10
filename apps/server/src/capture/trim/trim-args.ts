import { justBefore, recordedAt, seekTo, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { fitInto, SOUND_WITHOUT_GAPS } from '../../ffmpeg/filters.ts';
import { pictureEncoder } from '../../ffmpeg/picture-encoder.ts';
import { SOUND_ENCODER } from '../../ffmpeg/sound-encoder.ts';
import type { TrimPlan } from './trim-plan.ts';

/** Pictures are timed in the usual ticks of video. */
const TIMESCALE = 90_000;
const CRF = 18;

/**
 * Cuts a clip exactly to the picture. It is encoded again, so that the file's first sample is the first picture and no
 * player needs an edit list to find it. Each picture keeps its own time; the one on screen at the start is moved to the
 * start, and the last one stays to the end. There are no B-frames, whose reordering would need an edit list. Sound is AAC
 * with its gaps filled.
 */
export function trimCommand(
  inputPath: string,
  plan: TrimPlan,
  {
    recordedAtMs,
    outputPath,
    parameters = [],
  }: { recordedAtMs: number; outputPath: string; parameters?: readonly string[] },
): FfmpegCommand {
  const { fromSeconds, toSeconds, firstPictureSeconds, hasAudio } = plan;
  const video = [
    `trim=start=${decimal(justBefore(firstPictureSeconds))}:end=${decimal(justBefore(toSeconds))}`,
    `settb=1/${TIMESCALE}`,
    `setpts='max(0,PTS-${Math.round(fromSeconds * TIMESCALE)})'`,
    ...fitInto(plan),
  ].join(',');
  const durationTicks = Math.round((toSeconds - fromSeconds) * TIMESCALE);
  return {
    inputs: [{ path: inputPath, options: seekTo(plan.firstPictureSeconds) }],
    outputs: [
      {
        path: outputPath,
        options: [
          // Video and sound have separate filter graphs, because the video's starts again where the picture size changes.
          ...['-map', '0:v:0', '-vf', video, ...(hasAudio ? trimmedSound(plan) : [])],
          ...pictureEncoder({
            ...{ ...plan, timescale: TIMESCALE, crf: CRF, parameters },
            bitstreamFilters: [String.raw`setts=duration=max(1\,round(${durationTicks}/${TIMESCALE}/TB)-TS)`],
          }),
          ...['-pix_fmt', 'yuv420p'],
          ...[...recordedAt(recordedAtMs), '-f', 'mp4', '-moov_size', String(plan.moovBytes)],
        ],
      },
    ],
  };
}

/** Encodes only the sound of a trim. */
export function trimSoundCommand(inputPath: string, plan: TrimPlan, outputPath: string): FfmpegCommand {
  const options = [...trimmedSound(plan), '-map_metadata', '-1', '-f', 'mp4'];
  return {
    inputs: [{ path: inputPath, options: seekTo(plan.firstPictureSeconds) }],
    outputs: [{ path: outputPath, options }],
  };
}

function trimmedSound({ fromSeconds, toSeconds }: TrimPlan): string[] {
  const filters = [
    `atrim=start=${decimal(fromSeconds)}:end=${decimal(toSeconds)}`,
    `asetpts=PTS-${decimal(fromSeconds)}/TB`,
    SOUND_WITHOUT_GAPS,
  ];
  return ['-map', '0:a:0', '-af', filters.join(','), ...SOUND_ENCODER];
}

function decimal(seconds: number): string {
  return seconds.toFixed(6);
}
