import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Runs as the body of a shell script around the real ffmpeg; only for calls with this option is `trouble` run first. */
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

/** An ffmpeg that is killed, as by the system when memory runs out, the first `times` that it writes a clip. */
export async function ffmpegThatIsKilled(directory: string, times: number): Promise<string> {
  const count = join(directory, 'kills');
  return wrapFfmpeg(
    directory,
    `echo x >> '${count}'; if [ "$(wc -l < '${count}')" -le ${times} ]; then kill -9 $$; fi`,
  );
}

/** An ffmpeg that is killed the first `times` that it encodes pictures. */
export async function ffmpegThatEncodesBadly(directory: string, times: number): Promise<string> {
  const count = join(directory, 'encodings');
  const kill = `if [ "$(wc -l < '${count}')" -le ${times} ]; then kill -9 $$; fi`;
  return wrapFfmpeg(directory, `echo x >> '${count}'; ${kill}`, 'libx264');
}

/** An ffmpeg whose output goes to a device that is full: the kernel itself says so. */
export async function ffmpegOnFullDisk(directory: string): Promise<string> {
  // Without its last argument, the file, put to the front one by one.
  const dropLast = 'n=$#; i=1; while [ $i -lt $n ]; do set -- "$@" "$1"; shift; i=$((i+1)); done; shift';
  return wrapFfmpeg(directory, `${dropLast}; exec ffmpeg "$@" /dev/full`);
}

/** An ffmpeg that takes so many seconds longer, for calls with an option; any, if it is empty. */
export async function slowFfmpeg(directory: string, seconds: number, option?: string): Promise<string> {
  // Without our pipes, which it would keep open when its shell is killed.
  return wrapFfmpeg(directory, `sleep ${seconds} >/dev/null 2>&1`, option);
}

/** An ffmpeg that takes so many seconds longer for a poster. */
export async function slowPosters(directory: string, seconds: number): Promise<string> {
  return wrapFfmpeg(directory, `sleep ${seconds} >/dev/null 2>&1`, 'mjpeg');
}

/** An ffmpeg that makes no poster before there is a file of this name. */
export async function postersAfter(directory: string, path: string): Promise<string> {
  return wrapFfmpeg(directory, `while [ ! -e '${path}' ]; do sleep 0.1 >/dev/null 2>&1; done`, 'mjpeg');
}
