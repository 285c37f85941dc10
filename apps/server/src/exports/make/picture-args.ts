import { justBefore, seekTo, ONE_THREAD, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { fitted, ONE_GRAPH } from './steady-args.ts';

interface Still {
  /** The picture is shown from this time on. */
  shownAtSeconds: number;
  format: 'png' | 'jpg';
  outputPath: string;
}

/** Makes a picture of a clip's picture, in its own size. */
export function stillCommand(
  inputPath: string,
  { shownAtSeconds, format, outputPath }: Still,
): FfmpegCommand {
  const encoder =
    format === 'png'
      ? ['-c:v', 'png', '-pix_fmt', 'rgb24']
      : ['-c:v', 'mjpeg', '-q:v', '2', '-pix_fmt', 'yuvj444p'];
  return {
    inputs: [{ path: inputPath, options: [...ONE_THREAD, ...seekTo(shownAtSeconds)] }],
    outputs: [
      {
        path: outputPath,
        // Timestamps start at 0, because ffmpeg would drop the picture as late otherwise.
        options: [
          ...['-map', '0:v:0', '-vf', 'setpts=PTS-STARTPTS', '-frames:v', '1'],
          ...[...encoder, '-map_metadata', '-1', '-f', 'image2', '-update', '1'],
        ],
      },
    ],
  };
}

interface Animation {
  source: { width: number; height: number; isOneSize: boolean };
  format: 'webp' | 'gif';
  /** Decoding begins with the keyframe that is shown at this time. */
  keyframeSeconds: number;
  fromSeconds: number;
  durationSeconds: number;
  width: number;
  height: number;
  framesPerSecond: number;
  /** Nothing is written beyond this many bytes. */
  maxBytes: number;
  outputPath: string;
}

const WEBP = [
  '-c:v',
  'libwebp_anim',
  '-quality',
  '60',
  '-compression_level',
  '4',
  '-loop',
  '0',
  '-f',
  'webp',
];
const GIF = ['-c:v', 'gif', '-loop', '0', '-f', 'gif'];
/** A GIF has 256 colours, which are chosen for what moves. */
const OWN_COLOURS =
  'split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle';

/** Makes moving pictures without sound of a part of a clip. */
export function animationCommand(inputPath: string, options: Animation): FfmpegCommand {
  const { source, format, durationSeconds, width, height, framesPerSecond } = options;
  const { keyframeSeconds, fromSeconds } = options;
  const frames = Math.max(1, Math.round(durationSeconds * framesPerSecond));
  const filters = [
    // The picture on screen at the start was drawn before it.
    `fps=${framesPerSecond}:start_time=0`,
    `tpad=stop_mode=clone:stop=-1,trim=start=${(fromSeconds - keyframeSeconds).toFixed(6)},setpts=PTS-STARTPTS,trim=end_frame=${frames}`,
    ...(source.isOneSize ? [] : fitted(source)),
    `scale=${width}:${height}:flags=lanczos,setsar=1`,
    ...(format === 'gif' ? [OWN_COLOURS] : []),
  ];
  return {
    inputs: [
      {
        path: inputPath,
        options: [...ONE_THREAD, ...ONE_GRAPH, '-ss', Math.max(0, justBefore(keyframeSeconds)).toFixed(6)],
      },
    ],
    outputs: [
      {
        path: options.outputPath,
        options: [
          ...['-map', '0:v:0', '-vf', filters.join(','), '-map_metadata', '-1'],
          ...['-fs', String(options.maxBytes), ...(format === 'webp' ? WEBP : GIF)],
        ],
      },
    ],
  };
}
