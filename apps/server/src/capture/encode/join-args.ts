import { ffmpegSeconds, recordedAt, type Cut, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { fitInto } from '../../ffmpeg/filters.ts';

export interface CopyOptions extends Cut {
  inputPath: string;
  /** The input is a concat script, not a playlist. */
  isConcat: boolean;
  hasAudio: boolean;
  /** The true time of the start, in epoch ms. */
  recordedAtMs: number;
  /** This many bytes are left free for the index in front of the media. */
  moovBytes: number;
  outputPath: string;
}

/**
 * Copies a cut of MPEG-TS into an MP4 with its index in front, in one pass. Media before the start is needed to decode
 * it; its timestamps are negative, so an edit list hides it. The input isn't seeked, because it begins with the piece
 * that contains the start. Timestamps stay as they are, because B-frames are stored in another order than shown. Egress
 * has 30 frames per second, so a frame is shown at most 1/30 s early.
 */
export function copyCommand(options: CopyOptions): FfmpegCommand {
  const {
    inputPath,
    isConcat,
    startSeconds,
    durationSeconds,
    hasAudio,
    recordedAtMs,
    moovBytes,
    outputPath,
  } = options;
  const format = isConcat ? ['-f', 'concat', '-safe', '0'] : ['-f', 'hls'];
  // The concat demuxer makes a timeline of its own, from 0.
  const start = startAt({ startSeconds, isOnMediaTimeline: isConcat });
  return {
    inputs: [{ path: inputPath, options: [...start, ...format] }],
    outputs: [
      {
        path: outputPath,
        options: [
          ...['-map', '0:v:0', ...(hasAudio ? ['-map', '0:a:0'] : []), '-c', 'copy'],
          ...recordedAt(recordedAtMs),
          ...['-t', ffmpegSeconds(durationSeconds * 1000), '-f', 'mp4', '-moov_size', String(moovBytes)],
        ],
      },
    ],
  };
}

/**
 * Shifts the input's timestamps so that the clip starts at 0. `startSeconds` is on the media timeline, or else counts
 * from the first timestamp.
 */
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
    /** The sample entry of the video is a four-character code. */
    sampleEntry: string;
  })[];
  isOnMediaTimeline: boolean;
  width: number;
  height: number;
  framesPerSecond: number;
  /** The encoder stays below this bitrate, so that the clip fits into its reservation. */
  maxBitrateBps: number;
  /** The true time of the start, in epoch ms. */
  recordedAtMs: number;
  moovBytes: number;
  outputPath: string;
}

const AUDIO_BITRATE_BPS = 96_000;
/**
 * People wait for what is encoded here. Beside veryfast this takes two thirds of the CPU time; its pictures are as true (SSIM), and its
 * files larger.
 */
const ENCODER_PRESET = 'superfast';
/** A share doesn't go without a new frame for longer than this. */
const MAX_STILL_SECONDS = 10;

/** Decodes each input from its start, letterboxes it into one picture size, joins them and encodes H.264 and Opus. */
export function encodeCommand(options: EncodeOptions): FfmpegCommand {
  const { inputs, isOnMediaTimeline, width, height, framesPerSecond, maxBitrateBps } = options;
  const { recordedAtMs, moovBytes, outputPath } = options;
  const hasAudio = inputs.some((input) => input.hasAudio);
  const chains = inputs.flatMap((input, index) => {
    const cut = `start=0:end=${ffmpegSeconds(input.durationSeconds * 1000)}`;
    const fit = [...fitInto({ width, height }), 'format=yuv420p'].join(',');
    // The frame rate is made constant first, because the frame at the start may have been drawn long before, or a moment after the
    // sound began. The last frame stays to the end.
    const steady = `fps=${framesPerSecond}:start_time=0,tpad=stop_mode=clone:stop_duration=${MAX_STILL_SECONDS}`;
    const video = `[${index}:v:0]${steady},trim=${cut},setpts=PTS-STARTPTS,${fit}[v${index}]`;
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
          ...['-map', '[v]', '-c:v', 'libx264', '-preset', ENCODER_PRESET, '-crf', '21'],
          ...['-pix_fmt', 'yuv420p'],
          ...['-maxrate', bitrate, '-bufsize', bitrate, '-g', String(framesPerSecond * 4)],
          ...(hasAudio ? ['-map', '[a]', '-c:a', 'libopus', '-b:a', String(AUDIO_BITRATE_BPS)] : []),
          ...recordedAt(recordedAtMs),
          ...['-t', ffmpegSeconds(durationSeconds * 1000), '-f', 'mp4', '-moov_size', String(moovBytes)],
        ],
      },
    ],
  };
}

/**
 * Returns the decoder options. ffmpeg's own VP9 decoder outputs every spatial layer as a frame of its own; libvpx outputs
 * only the highest.
 */
function decoderOf(sampleEntry: string): string[] {
  return sampleEntry === 'vp09' ? ['-c:v', 'libvpx-vp9'] : [];
}
