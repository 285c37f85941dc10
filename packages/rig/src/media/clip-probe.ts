import { runFfmpeg, runFfprobe } from './run-ffmpeg.ts';

/** The summary says what a player sees of a file. Times are in ms on the file's own presentation clock. */
export interface ClipSummary {
  durationMs: number;
  sizeBytes: number;
  video: { codec: string; width: number; height: number; startMs: number; durationMs: number } | null;
  audio: { codec: string; sampleRate: number; channels: number; startMs: number; durationMs: number } | null;
}

interface ProbedStream {
  codec_type?: string;
  codec_name?: string;
  width?: number;
  height?: number;
  sample_rate?: string;
  channels?: number;
  start_time?: string;
  duration?: string;
}

const secondsToMs = (seconds: string | undefined): number => Number(seconds ?? 0) * 1000;

/** Reads container facts with ffprobe, for anything that it opens (an MP4, a playlist, a segment behind its init segment). */
export async function probeClip(file: string): Promise<ClipSummary> {
  const { stdout } = await runFfprobe(['-show_format', '-show_streams', '-of', 'json', file]);
  const probed = JSON.parse(stdout.toString()) as {
    format: { duration?: string; size?: string };
    streams: ProbedStream[];
  };
  const video = probed.streams.find((stream) => stream.codec_type === 'video');
  const audio = probed.streams.find((stream) => stream.codec_type === 'audio');
  return {
    durationMs: secondsToMs(probed.format.duration),
    sizeBytes: Number(probed.format.size ?? 0),
    video:
      video === undefined
        ? null
        : {
            codec: video.codec_name ?? '',
            width: video.width ?? 0,
            height: video.height ?? 0,
            startMs: secondsToMs(video.start_time),
            durationMs: secondsToMs(video.duration),
          },
    audio:
      audio === undefined
        ? null
        : {
            codec: audio.codec_name ?? '',
            sampleRate: Number(audio.sample_rate ?? 0),
            channels: audio.channels ?? 0,
            startMs: secondsToMs(audio.start_time),
            durationMs: secondsToMs(audio.duration),
          },
  };
}

/** A decoded frame has the time at which it is shown and the time at which it was drawn (epoch ms, null when unreadable). */
export interface BurntFrame {
  ptsMs: number;
  burntMs: number | null;
}

export interface BurntClockOptions {
  /** The strip's top left corner is at (x, y) in the picture; `scale` is the size of the picture relative to the page. */
  x?: number;
  y?: number;
  scale?: number;
  /** The strip holds the time modulo 2^32 ms (49 days); the reading nearest to this time is returned. */
  nearMs?: number;
  /** The name of ffmpeg's decoder; without it ffmpeg chooses one for the codec. */
  decoder?: string;
  /** False decodes the file like a player that ignores edit lists. */
  knowsEditLists?: boolean;
}

export const CLOCK_BITS = 40;
export const CLOCK_BLOCK = { width: 24, height: 32 };
export const CLOCK_ORIGIN = { x: 32, y: 140 };
const CLOCK_PERIOD_MS = 2 ** 32;

/** Decodes the whole video and reads, from each frame as a viewer sees it, the clock that the page drew. */
export async function burntClock(file: string, options: BurntClockOptions = {}): Promise<BurntFrame[]> {
  const {
    x = CLOCK_ORIGIN.x,
    y = CLOCK_ORIGIN.y,
    scale = 1,
    nearMs = Date.now(),
    knowsEditLists = true,
    decoder,
  } = options;
  const px = (value: number) => Math.round(value * scale);
  // Only the middle of the blocks is used, because codecs smear their edges.
  const strip = {
    width: px(CLOCK_BITS * CLOCK_BLOCK.width),
    height: px(CLOCK_BLOCK.height / 2),
    top: y + px(CLOCK_BLOCK.height / 4),
  };
  const crop = `crop=${strip.width}:${strip.height}:${x}:${strip.top}`;
  // A browser may send a few smaller pictures while its tab is resized, where no clock is found.
  const pad = `pad=w=max(iw\\,${x + strip.width}):h=max(ih\\,${strip.top + strip.height})`;
  const demuxer = knowsEditLists ? [] : ['-ignore_editlist', '1'];
  const decoding = decoder === undefined ? [] : ['-c:v', decoder];
  const input = [...demuxer, ...decoding, '-copyts', '-i', file, '-map', '0:v:0', '-fps_mode', 'passthrough'];
  // Only the times of the pictures are needed; checksums of all their pixels would take longer than decoding them.
  const filter = ['-vf', `showinfo=checksum=0,${pad},${crop},scale=${CLOCK_BITS}:1:flags=area,format=gray`];
  const { stdout, stderr } = await runFfmpeg([...input, ...filter, '-f', 'rawvideo', 'pipe:1']);
  const times = [...stderr.matchAll(/^\[Parsed_showinfo.*? pts_time:\s*(-?[\d.e+-]+)/gm)].map((match) =>
    secondsToMs(match[1]),
  );
  const frames = Math.floor(stdout.length / CLOCK_BITS);
  if (times.length !== frames) throw new Error(`${times.length} frame times for ${frames} frames of ${file}`);
  return times.map((ptsMs, index) => ({
    ptsMs,
    burntMs: readClock(stdout.subarray(index * CLOCK_BITS, (index + 1) * CLOCK_BITS), nearMs),
  }));
}

/**
 * Reads one strip, given one byte of brightness for each block. Returns null when the checksum shows that there is no clock.
 */
export function readClock(blocks: Uint8Array, nearMs: number): number | null {
  const bytes = [0, 1, 2, 3, 4].map((byte) =>
    blocks.subarray(byte * 8, byte * 8 + 8).reduce((value, level) => value * 2 + (level > 127 ? 1 : 0), 0),
  );
  const checksum = bytes.pop();
  if ((bytes.reduce((sum, byte) => sum + byte, 90) & 255) !== checksum) return null;
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return value + Math.round((nearMs - value) / CLOCK_PERIOD_MS) * CLOCK_PERIOD_MS;
}

const SAMPLE_RATE = 48_000;
const BEEP_HZ = 1000;
/** Five periods are short enough to place an onset, and long enough to tell the tone from speech or noise. */
const WINDOW_SAMPLES = SAMPLE_RATE / 200;
const HOP_SAMPLES = SAMPLE_RATE / 1000;
const MIN_AMPLITUDE = 0.01;
const PERIOD_SAMPLES = SAMPLE_RATE / BEEP_HZ;
const PHASES = Array.from({ length: PERIOD_SAMPLES }, (_, i) => (2 * Math.PI * i) / PERIOD_SAMPLES);
const [SINE, COSINE] = [Float64Array.from(PHASES, Math.sin), Float64Array.from(PHASES, Math.cos)];

/** Returns when each 1 kHz beep starts, in ms on the file's presentation clock. The list is empty when nothing is heard. */
export async function beepOnsets(file: string): Promise<number[]> {
  const input = ['-v', 'error', '-copyts', '-i', file, '-map', '0:a:0'];
  // Holes and a late start become silence, so that the position of a sample in the output is its time.
  const filter = ['-af', 'aresample=async=1:min_hard_comp=0.01:first_pts=0'];
  const output = ['-ac', '1', '-ar', String(SAMPLE_RATE), '-f', 'f32le', 'pipe:1'];
  const { stdout } = await runFfmpeg([...input, ...filter, ...output]);
  return beepsIn(new Float32Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.length / 4)));
}

/** Returns when each 1 kHz beep starts in sound of 48 kHz, in ms from its beginning. */
export function beepsIn(samples: Float32Array): number[] {
  return findOnsets(toneLevels(samples));
}

/** Returns the amplitude of the 1 kHz tone around each millisecond. */
function toneLevels(samples: Float32Array): number[] {
  const levels: number[] = [];
  for (let start = -WINDOW_SAMPLES / 2; start < samples.length; start += HOP_SAMPLES) {
    let sine = 0;
    let cosine = 0;
    for (let i = Math.max(0, start); i < Math.min(samples.length, start + WINDOW_SAMPLES); i++) {
      sine += (samples[i] ?? 0) * (SINE[i % PERIOD_SAMPLES] ?? 0);
      cosine += (samples[i] ?? 0) * (COSINE[i % PERIOD_SAMPLES] ?? 0);
    }
    levels.push((2 * Math.hypot(sine, cosine)) / WINDOW_SAMPLES);
  }
  return levels;
}

/** Finds where the beeps start. A beep starts where it fills half of the window around it, at half of the full level. */
function findOnsets(levels: readonly number[]): number[] {
  const peak = levels.reduce((highest, level) => Math.max(highest, level), 0);
  if (peak < MIN_AMPLITUDE) return [];
  const onsets: number[] = [];
  let isLoud = (levels[0] ?? 0) >= peak / 2;
  for (const [ms, level] of levels.entries()) {
    if (!isLoud && level >= peak / 2) onsets.push(ms);
    isLoud = isLoud ? level >= peak / 4 : level >= peak / 2;
  }
  return onsets;
}

/**
 * Returns how much later the sound is than the picture, in ms, as the median over the beeps; a negative value means earlier.
 * The page beeps at whole seconds of the clock that it draws. Returns null when no beep has a readable picture near it.
 */
export function audioDelayMs(frames: readonly BurntFrame[], onsetsMs: readonly number[]): number | null {
  const delays = onsetsMs.flatMap((onsetMs) => {
    const near = frames.flatMap(({ ptsMs, burntMs }) =>
      burntMs !== null && Math.abs(ptsMs - onsetMs) < 500 ? [burntMs - ptsMs] : [],
    );
    const clockOffset = median(near);
    if (clockOffset === null) return [];
    const heardAt = (onsetMs + clockOffset) % 1000;
    return [heardAt > 500 ? heardAt - 1000 : heardAt];
  });
  return median(delays);
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
