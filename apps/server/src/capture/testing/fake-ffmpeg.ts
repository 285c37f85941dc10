import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const WAIT_STEP_SECONDS = 0.1;

/** Writes a shell script around the real ffmpeg. `trouble` runs first, but only in calls with this option. */
async function wrapFfmpeg(directory: string, trouble: string, option = '-moov_size'): Promise<string> {
  const path = join(directory, 'ffmpeg-in-trouble');
  const script = `#!/bin/sh
case "$*" in
  *${option}*) ${trouble} ;;
esac
exec ffmpeg "$@"
`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}

/** Makes an ffmpeg that is killed, as by the system when memory runs out, the first `times` that it writes a clip. */
export async function ffmpegThatIsKilled(directory: string, times: number): Promise<string> {
  const count = join(directory, 'kills');
  return wrapFfmpeg(
    directory,
    `echo x >> '${count}'; if [ "$(wc -l < '${count}')" -le ${times} ]; then kill -9 $$; fi`,
  );
}

/** Makes an ffmpeg that is killed the first `times` that it encodes pictures. */
export async function ffmpegThatEncodesBadly(directory: string, times: number): Promise<string> {
  const count = join(directory, 'encodings');
  const kill = `if [ "$(wc -l < '${count}')" -le ${times} ]; then kill -9 $$; fi`;
  return wrapFfmpeg(directory, `echo x >> '${count}'; ${kill}`, 'libx264');
}

/** Makes an ffmpeg whose output goes to a full device, so the error comes from the kernel, in calls with an option, or in all if it is empty. */
export async function ffmpegOnFullDisk(directory: string, option?: string): Promise<string> {
  // The last argument, which is the output file, is dropped by moving the others to the front one by one.
  const dropLast = 'n=$#; i=1; while [ $i -lt $n ]; do set -- "$@" "$1"; shift; i=$((i+1)); done; shift';
  return wrapFfmpeg(directory, `${dropLast}; exec ffmpeg "$@" /dev/full`, option);
}

/**
 * Returns commands that wait. They do so in short steps, because a shell that is killed leaves its `sleep` running. That doesn't get
 * our pipes, which it would keep open.
 */
function waitFor(seconds: number): string {
  const steps = Math.round(seconds / WAIT_STEP_SECONDS);
  return `i=0; while [ $i -lt ${steps} ]; do sleep ${WAIT_STEP_SECONDS} >/dev/null 2>&1; i=$((i+1)); done`;
}

/** Makes an ffmpeg that takes this many seconds longer, in calls with an option, or in all calls if it is empty. */
export async function slowFfmpeg(directory: string, seconds: number, option?: string): Promise<string> {
  return wrapFfmpeg(directory, waitFor(seconds), option);
}

/** Makes an ffmpeg that takes this many seconds longer for a poster. */
export async function slowPosters(directory: string, seconds: number): Promise<string> {
  return wrapFfmpeg(directory, waitFor(seconds), 'mjpeg');
}

/** Makes an ffmpeg that makes no poster before a file of this name exists. */
export async function postersAfter(directory: string, path: string): Promise<string> {
  return wrapFfmpeg(directory, `while [ ! -e '${path}' ]; do sleep 0.1 >/dev/null 2>&1; done`, 'mjpeg');
}
