import type { Piece } from '../buffer/piece.ts';

/** One call of ffmpeg. Options stand in front of their input or output, as on its command line. */
export interface FfmpegCommand {
  inputs: readonly { path: string; options: readonly string[] }[];
  /** Filters over several inputs. */
  filterGraph?: string;
  outputs: readonly { path: string; options: readonly string[] }[];
}

/** What nobody waits for is run with: one processor, so that a recording always finds the other. */
export const ONE_THREAD: readonly string[] = ['-threads', '1'];

/**
 * A VOD playlist (RFC 8216) of just these pieces, which ffmpeg reads in place. Paths are absolute; a piece is read only as
 * far as it is complete, for the file of an open segment goes on growing meanwhile.
 */
export function vodPlaylist(pieces: readonly Piece[]): string {
  const longestMs = Math.max(...pieces.map((piece) => piece.toMs - piece.fromMs));
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    `#EXT-X-TARGETDURATION:${Math.ceil(longestMs / 1000)}`,
  ];
  let initPath: string | null = null;
  for (const piece of pieces) {
    if (piece.initPath !== null && piece.initPath !== initPath)
      lines.push(`#EXT-X-MAP:URI="${piece.initPath}"`);
    initPath = piece.initPath;
    lines.push(
      `#EXTINF:${seconds(piece.toMs - piece.fromMs)},`,
      `#EXT-X-BYTERANGE:${piece.sizeBytes}@0`,
      piece.path,
    );
  }
  lines.push('#EXT-X-ENDLIST', '');
  return lines.join('\n');
}

/** A script for ffmpeg's concat demuxer. The durations say where each next file starts, to the microsecond. */
export function concatScript(files: readonly { path: string; durationSeconds: number }[]): string {
  const lines = files.flatMap(({ path, durationSeconds }) => [
    `file '${path.replaceAll("'", String.raw`'\''`)}'`,
    `duration ${durationSeconds.toFixed(6)}`,
  ]);
  return ['ffconcat version 1.0', ...lines, ''].join('\n');
}

/** Where a cut begins in its input, and how long it is. */
export interface Cut {
  startSeconds: number;
  durationSeconds: number;
}

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
          ...['-t', seconds(durationSeconds * 1000), '-f', 'mp4', '-moov_size', String(moovBytes)],
        ],
      },
    ],
  };
}

/** Shifts the input's timestamps, which `startSeconds` is on or counts from the first of, so that 0 is where the clip starts. */
function startAt(cut: { startSeconds: number; isOnMediaTimeline: boolean }): string[] {
  return [...(cut.isOnMediaTimeline ? ['-copyts'] : []), '-itsoffset', seconds(-cut.startSeconds * 1000)];
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
    const cut = `start=0:end=${seconds(input.durationSeconds * 1000)}`;
    const fit = `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2`;
    const box = `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p`;
    // A constant rate first: the picture at the start may have been drawn long before it. The last one stays to the end.
    const steady = `fps=${framesPerSecond},tpad=stop_mode=clone:stop_duration=${MAX_STILL_SECONDS}`;
    const video = `[${index}:v:0]${steady},trim=${cut},setpts=PTS-STARTPTS,${fit},${box}[v${index}]`;
    if (!hasAudio) return [video];
    const silence = `anullsrc=r=48000:cl=stereo,atrim=end=${seconds(input.durationSeconds * 1000)}[a${index}]`;
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
          ...['-t', seconds(durationSeconds * 1000), '-f', 'mp4', '-moov_size', String(moovBytes)],
        ],
      },
    ],
  };
}

/** ffmpeg's own decoder of VP9 shows every spatial layer as a picture of its own; this one the highest alone. */
function decoderOf(sampleEntry: string): string[] {
  return sampleEntry === 'vp09' ? ['-c:v', 'libvpx-vp9'] : [];
}

const POSTER_WIDTH = 640;
/** Seconds before the end, where what people wanted to keep has just happened. */
export const POSTER_BEFORE_END_SECONDS = 1;

// From 0 on, or the frame would be taken for a late one and dropped.
const STILL_FILTER = `setpts=PTS-STARTPTS,scale='min(${POSTER_WIDTH},iw)':-2`;
const JPEG = ['-frames:v', '1', '-vf', STILL_FILTER, '-q:v', '4', '-f', 'mjpeg'];
/**
 * Keyframes alone, for a share may go without a new picture for seconds, and decoding up to an exact moment costs more than
 * all the rest of a clip's making.
 */
const KEYFRAMES = ['-threads', '1', '-skip_frame', 'nokey'];
/** A file that is shorter is read from its start. */
const NEAR_END = ['-noaccurate_seek', '-sseof', String(-POSTER_BEFORE_END_SECONDS)];

/** Decodes the last keyframe before the end of a clip, or of a part of it, into a JPEG. */
export function posterCommand(inputPath: string, outputPath: string): FfmpegCommand {
  return {
    inputs: [{ path: inputPath, options: [...KEYFRAMES, ...NEAR_END] }],
    outputs: [{ path: outputPath, options: ['-map', '0:v:0', ...JPEG] }],
  };
}

/** Decodes a clip's first keyframe and the last one before its end, each into a JPEG: proof that both ends can be shown. */
export function stillsCommand(
  clipPath: string,
  stills: { headPath: string; tailPath: string },
): FfmpegCommand {
  return {
    inputs: [
      // The first keyframe lies in the lead-in, which the edit list hides.
      { path: clipPath, options: [...KEYFRAMES, '-ignore_editlist', '1'] },
      { path: clipPath, options: [...KEYFRAMES, ...NEAR_END] },
    ],
    outputs: [
      { path: stills.headPath, options: ['-map', '0:v:0', ...JPEG] },
      { path: stills.tailPath, options: ['-map', '1:v:0', ...JPEG] },
    ],
  };
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

/** Bytes of the sample tables (ISO/IEC 14496-12, 8.6 and 8.7) at their worst: nothing alike from one sample to the next. */
const VIDEO_SAMPLE_BYTES = 8 + 8 + 4 + 4; // stts, ctts, stsz, stss
const AUDIO_SAMPLE_BYTES = 8 + 4 + 8; // stts, stsz, sbgp
const CHUNK_BYTES = 8 + 12; // co64, stsc
const FIXED_BYTES = 16 * 1024;

/** An upper bound for the index of a clip; what it doesn't need becomes a free box. */
export function moovUpperBound(samples: { video: number; audio: number }): number {
  // A chunk ends where the tracks alternate.
  const chunks = 2 * Math.min(samples.video, samples.audio) + 2;
  return (
    FIXED_BYTES +
    samples.video * VIDEO_SAMPLE_BYTES +
    samples.audio * AUDIO_SAMPLE_BYTES +
    chunks * CHUNK_BYTES
  );
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(6);
}
