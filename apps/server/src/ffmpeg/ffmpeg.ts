import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hasCode } from '@hindsight/shared/error-code';
import { AppError } from '@hindsight/shared/errors';
import { SECOND } from '@hindsight/shared/units';
import fluentFfmpeg from 'fluent-ffmpeg';
import { z } from 'zod';
import type { FfmpegCommand } from './ffmpeg-command.ts';

export interface RunOptions {
  timeoutMs: number;
  /** An abort kills the process at once. */
  signal: AbortSignal;
  /** Nobody waits for the result, so everything else gets the processor first. */
  isBackground?: boolean;
  /** Receives how far the output has come, in seconds of media, which never go back. */
  onProgress?: (outputSeconds: number) => void;
}

/** The probe describes a file as ffprobe reads it. */
export interface MediaProbe {
  durationSeconds: number;
  video: { codec: string; width: number; height: number; startSeconds: number } | null;
  audio: { codec: string } | null;
}

export type Ffmpeg = ReturnType<typeof createFfmpeg>;

/** ffmpeg runs below the server and the recorder, which must not stutter while a clip is made. */
const NICENESS = 10;
const BACKGROUND_NICENESS = 19;
const PROBE_TIMEOUT_MS = 20 * SECOND;
/** The index of an MP4 holds everything that is asked for. By default ffprobe would decode some of the media too. */
const INDEX_ONLY = ['-analyzeduration', '1', '-probesize', '5000'];
const STDERR_LINES = 20;
/** `nice` exits with these codes when the command can't be run or doesn't exist. */
const NOT_RUNNABLE = /exited with code (126|127)\b/;

/** Runs ffmpeg and ffprobe. Nothing else in the server starts them. */
export function createFfmpeg({
  ffmpegPath,
  ffprobePath,
  onRunEnded,
}: {
  ffmpegPath: string;
  ffprobePath: string;
  /** Receives how long each run of ffmpeg took, and whether it succeeded. */
  onRunEnded?: (seconds: number, isOk: boolean) => void;
}) {
  return {
    /**
     * Runs ffmpeg to its end.
     * @throws AppError FFMPEG_UNAVAILABLE, DISK_LOW, or CONCATENATION_FAILED with the last lines of ffmpeg's output
     *   as cause; the signal's reason when it was aborted
     */
    async run(command: FfmpegCommand, options: RunOptions): Promise<void> {
      const { timeoutMs, signal, onProgress } = options;
      signal.throwIfAborted();
      const child = prepare(
        command,
        options.isBackground === true ? BACKGROUND_NICENESS : NICENESS,
      ).setFfmpegPath(ffmpegPath);
      const stderr: string[] = [];
      const stop = () => child.kill('SIGKILL');
      const ended = Promise.withResolvers<void>();
      let isTimedOut = false;
      let isOk = false;
      let toldSeconds = 0;
      const startedAt = performance.now();
      const timer = setTimeout(() => {
        isTimedOut = true;
        stop();
      }, timeoutMs);
      child
        // The signal was aborted before there was a process to kill.
        .on('start', () => signal.aborted && stop())
        .on('stderr', (line: string) => {
          const outputSeconds = parseProgress(line);
          // One thread of ffmpeg writes the time that another one reads and tells, so it isn't relied on only to grow.
          if (outputSeconds !== null) {
            toldSeconds = Math.max(toldSeconds, outputSeconds);
            onProgress?.(toldSeconds);
          } else if (!PROGRESS_LINE.test(line)) stderr.splice(0, stderr.push(line) - STDERR_LINES);
        })
        .on('end', () => ended.resolve())
        .on('error', (error: Error) => ended.reject(error));
      signal.addEventListener('abort', stop);
      try {
        child.run();
        await ended.promise;
        isOk = true;
      } catch (error) {
        signal.throwIfAborted();
        const what = isTimedOut ? `ffmpeg took longer than ${timeoutMs} ms` : firstLine(error);
        throw toAppError(error, [what, ...stderr].join('\n'));
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        if (!signal.aborted) onRunEnded?.((performance.now() - startedAt) / SECOND, isOk);
      }
    },

    /**
     * Asks ffprobe for a file's duration and tracks.
     * @throws AppError FFMPEG_UNAVAILABLE, CONCATENATION_FAILED when it isn't media
     */
    async probe(path: string, signal: AbortSignal): Promise<MediaProbe> {
      try {
        const { stdout } = await promisify(execFile)(
          ffprobePath,
          ['-v', 'error', ...INDEX_ONLY, '-show_format', '-show_streams', '-of', 'json', path],
          { timeout: PROBE_TIMEOUT_MS, killSignal: 'SIGKILL', signal },
        );
        return toProbe(probeSchema.parse(JSON.parse(stdout)));
      } catch (error) {
        signal.throwIfAborted();
        throw toAppError(error, firstLine(error));
      }
    },
  };
}

function prepare(command: FfmpegCommand, niceness: number): fluentFfmpeg.FfmpegCommand {
  const child = fluentFfmpeg({ niceness, stdoutLines: STDERR_LINES });
  for (const { path, options } of command.inputs) {
    child.input(path);
    // Options are passed as separate arguments, because fluent-ffmpeg splits those in an array at their spaces.
    if (options.length > 0) child.inputOptions(...options);
  }
  if (command.filterGraph !== undefined) child.complexFilter(command.filterGraph);
  for (const [index, { path, options }] of command.outputs.entries()) {
    child.output(path);
    const quiet = ['-hide_banner', '-nostdin', '-v', 'error', '-nostats', '-progress', 'pipe:2'];
    child.outputOptions(...(index === 0 ? [...quiet, ...options] : options));
  }
  return child;
}

const PROGRESS_LINE = /^[a-z_0-9]+=/;

/** Returns the seconds from a line of `-progress`, or null for any other line. */
function parseProgress(line: string): number | null {
  const match = /^out_time_us=(\d+)$/.exec(line);
  return match === null ? null : Number(match[1]) / 1_000_000;
}

const streamSchema = z.object({
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  start_time: z.coerce.number().optional(),
});
const probeSchema = z.object({
  format: z.object({ duration: z.coerce.number().default(0) }),
  streams: z.array(streamSchema),
});

function toProbe({ format, streams }: z.infer<typeof probeSchema>): MediaProbe {
  const video = streams.find((stream) => stream.codec_type === 'video');
  const audio = streams.find((stream) => stream.codec_type === 'audio');
  return {
    durationSeconds: format.duration,
    video:
      video === undefined
        ? null
        : {
            codec: video.codec_name ?? '',
            width: video.width ?? 0,
            height: video.height ?? 0,
            startSeconds: video.start_time ?? 0,
          },
    audio: audio === undefined ? null : { codec: audio.codec_name ?? '' },
  };
}

/** Returns the first line only, because fluent-ffmpeg appends ffmpeg's whole output. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? message;
}

function toAppError(error: unknown, text: string): AppError {
  const cause = new Error(text);
  const isMissing =
    hasCode(error, 'ENOENT', 'EACCES') || NOT_RUNNABLE.test(text) || /Cannot find ff/.test(text);
  if (isMissing) return new AppError('FFMPEG_UNAVAILABLE', { cause });
  if (text.includes('No space left on device') || text.includes('Disk quota exceeded'))
    return new AppError('DISK_LOW', { cause });
  return new AppError('CONCATENATION_FAILED', { cause });
}
