// This module says how the app server's process is started: `npm start` does it like this, and so does the Dockerfile.
import path from 'node:path';
import { COMPILE_CACHE } from '../setup/setup.mjs';

export const SERVER_ENTRY = path.join('apps', 'server', 'src', 'main.ts');

/**
 * V8 otherwise keeps up to 48 MiB for young objects in each thread, most of which a server that mostly waits does not use. With
 * less, starting and answering take as much CPU as before. (`--optimize-for-size` would save 10 MiB more, for a quarter more CPU.)
 * @internal A test compares it with the Dockerfile.
 */
export const NODE_FLAGS = ['--max-semi-space-size=4'];

/**
 * By default glibc raises the size from which it gives freed memory back at once, and keeps up to 64 MiB of it in each thread: a
 * single hash of a password leaves 19 MiB behind. ffmpeg inherits this and is as fast with it. Other C libraries ignore it.
 * @internal A test compares it with the Dockerfile.
 */
export const MALLOC_SETTINGS = {
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '1048576',
};

/**
 * Returns the arguments of Node 24, and what its environment needs beside the settings.
 * @returns {{ args: string[], env: Record<string, string> }}
 */
export function serverCommand() {
  return {
    args: [...NODE_FLAGS, SERVER_ENTRY],
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...MALLOC_SETTINGS },
  };
}
