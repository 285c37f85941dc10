import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Decoded media come through stdout, and the log line of a frame has some 300 bytes. */
const MAX_OUTPUT_BYTES = 1024 ** 3;

export interface FfmpegOutput {
  stdout: Buffer;
  stderr: string;
}

/** Runs the machine's ffmpeg to its end. Rejects with ffmpeg's own error output when it fails. */
export async function runFfmpeg(args: readonly string[], cwd?: string): Promise<FfmpegOutput> {
  return execute(
    process.env['FFMPEG_PATH'] ?? 'ffmpeg',
    ['-hide_banner', '-nostats', '-nostdin', ...args],
    cwd,
  );
}

export async function runFfprobe(args: readonly string[]): Promise<FfmpegOutput> {
  return execute(process.env['FFPROBE_PATH'] ?? 'ffprobe', ['-v', 'error', ...args]);
}

async function execute(command: string, args: readonly string[], cwd?: string): Promise<FfmpegOutput> {
  const { stdout, stderr } = await run(command, args, {
    encoding: 'buffer',
    maxBuffer: MAX_OUTPUT_BYTES,
    ...(cwd === undefined ? {} : { cwd }),
  });
  return { stdout, stderr: stderr.toString() };
}
