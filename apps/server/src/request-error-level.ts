import type { AppErrorCode } from '@hindsight/shared/errors';

/** These errors mean that a part of the installation is missing or full, which only an admin can mend. */
const MISSING_PARTS: ReadonlySet<AppErrorCode> = new Set([
  'DATABASE_UNAVAILABLE',
  'STORAGE_UNAVAILABLE',
  'RECORDER_UNAVAILABLE',
  'RECORDER_BUSY',
  'LIVEKIT_UNAVAILABLE',
  'FFMPEG_UNAVAILABLE',
  'DISK_LOW',
]);

/** Returns the level at which the error of a request is logged: faults, missing parts, and refusals, which are daily business. */
export function requestErrorLevel(code: AppErrorCode): 'error' | 'warn' | 'debug' {
  if (code === 'INTERNAL') return 'error';
  return MISSING_PARTS.has(code) ? 'warn' : 'debug';
}
