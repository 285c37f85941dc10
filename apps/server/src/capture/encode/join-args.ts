import { ffmpegSeconds, type Cut, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';

export interface CopyOptions extends Cut {
  inputPath: string;
  /** A concat script, not a playlist. */
  isConcat: boolean;
  hasAudio: boolean;
  /** Room for the index in front of the media. */
  moovBytes: number;
  outputPath: string;
}

/**
 * Copies a cut of MPEG-TS into an MP4 with its index in front, in one pass. What lies before the start is needed to decode
 * it and is hidden by an edit list: its timestamps are negative. The input isn't sought, for it begins with the piece that
 * holds the start. Timestamps stay as they are, for pictures are in another order than they are shown in (B-frames); egress
 * has thirty a second, so one is shown at most that much early.
 */
export function copyCommand(options: CopyOptions): FfmpegCommand {
  const { inputPath, isConcat, startSeconds, durationSeconds, hasAudio, moovBytes, outputPath } = options;
  const format = isConcat ? ['-f', 'concat', '-safe', '0'] : ['-f', 'hls'];
  // The concat demuxer makes a timeline of its own, from 0.
  const start = startAt({ startSeconds, isOnMediaTimeline: isConcat });
  return {
    inputs: [{ path: inputPath, options: [...start, ...format] }],
    outputs: [
      {
        path: outputPath,
        options: [
          ...['-map', '0:v:0', ...(hasAudio ? ['-map', '0:a:0'] : []), '-map_metadata', '-1', '-c', 'copy'],
          ...['-t', ffmpegSeconds(durationSeconds * 1000), '-f', 'mp4', '-moov_size', String(moovBytes)],
        ],
      },
    ],
  };
}

/** Shifts the input's timestamps, which `startSeconds` is on or counts from the first of, so that 0 is where the clip starts. */
function startAt(cut: { startSeconds: number; isOnMediaTimeline: boolean }): string[] {
  return [
    ...(cut.isOnMediaTimeline ? ['-copyts'] : []),
    '-itsoffset',
    ffmpegSeconds(-cut.startSeconds * 1000),
  ];
}

export interface EncodeOptions {
  inputs: readonly (Cut & {
    playlistPath: string;
    hasAudio: boolean;
    /** Four-character code of its pictures' sample entry. */
    sampleEntry: string;
  })[];
  isOnMediaTimeline: boolean;
  width: number;
  height: number;
  framesPerSecond: number;
  /** The encoder stays below it, so that the clip fits into what was reserved for it. */
  maxBitrateBps: number;
  moovBytes: number;
  outputPath: string;
}

const AUDIO_BITRATE_BPS = 96_000;
/** Longer than a share goes without a new picture. */
const MAX_STILL_SECONDS = 10;

/** Decodes each input from its start, letterboxes it into one picture size, joins them and encodes H.264 and Opus. */
export function encodeCommand(options: EncodeOptions): FfmpegCommand {
  const { inputs, isOnMediaTimeline, width, height, framesPerSecond, maxBitrateBps, moovBytes, outputPath } =
    options;
  const hasAudio = inputs.some((input) => input.hasAudio);
  const chains = inputs.flatMap((input, index) => {
    const cut = `start=0:end=${ffmpegSeconds(input.durationSeconds * 1000)}`;
    const fit = `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2`;
    const box = `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p`;
    // A constant rate first: the picture at the start may have been drawn long before it. The last one stays to the end.
    const steady = `fps=${framesPerSecond},tpad=stop_mode=clone:stop_duration=${MAX_STILL_SECONDS}`;
    const video = `[${index}:v:0]${steady},trim=${cut},setpts=PTS-STARTPTS,${fit},${box}[v${index}]`;
    if (!hasAudio) return [video];
    const silence = `anullsrc=r=48000:cl=stereo,atrim=end=${ffmpegSeconds(input.durationSeconds * 1000)}[a${index}]`;
    const sound = `[${index}:a:0]aresample=48000:async=1,aformat=channel_layouts=stereo,atrim=${cut},asetpts=PTS-STARTPTS[a${index}]`;
    return [video, input.hasAudio ? sound : silence];
  });
  const pads = inputs.map((_, index) => (hasAudio ? `[v${index}][a${index}]` : `[v${index}]`)).join('');
  const join = `${pads}concat=n=${inputs.length}:v=1:a=${hasAudio ? 1 : 0}[v]${hasAudio ? '[a]' : ''}`;
  const bitrate = String(maxBitrateBps);
  const durationSeconds = inputs.reduce((sum, input) => sum + input.durationSeconds, 0);
  return {
    inputs: inputs.map(({ playlistPath, startSeconds, sampleEntry }) => ({
      path: playlistPath,
      options: [...startAt({ startSeconds, isOnMediaTimeline }), ...decoderOf(sampleEntry), '-f', 'hls'],
    })),
    filterGraph: [...chains, join].join(';'),
    outputs: [
      {
        path: outputPath,
        options: [
          ...['-map', '[v]', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '21', '-pix_fmt', 'yuv420p'],
          ...['-maxrate', bitrate, '-bufsize', bitrate, '-g', String(framesPerSecond * 4)],
          ...(hasAudio ? ['-map', '[a]', '-c:a', 'libopus', '-b:a', String(AUDIO_BITRATE_BPS)] : []),
          ...['-t', ffmpegSeconds(durationSeconds * 1000), '-f', 'mp4', '-moov_size', String(moovBytes)],
        ],
      },
    ],
  };
}

/** ffmpeg's own decoder of VP9 shows every spatial layer as a picture of its own; this one the highest alone. */
function decoderOf(sampleEntry: string): string[] {
  return sampleEntry === 'vp09' ? ['-c:v', 'libvpx-vp9'] : [];
}
