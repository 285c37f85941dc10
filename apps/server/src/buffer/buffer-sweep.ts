import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import { hasCode } from '@hindsight/shared/error-code';
import { isIdName } from './buffer-paths.ts';

/** The path of a session's directory has three parts: {room}/{user}/{session}. */
const SESSION_DEPTH = 3;

/**
 * Removes buffer directories that no session owns. They come from deleted users and channels, from starts that failed,
 * and from a crash while a buffer was purged. Only directories with names of our own form are looked at.
 */
export async function removeStrayDirectories({
  db,
  bufferDir,
}: {
  db: PrismaClient;
  bufferDir: string;
}): Promise<void> {
  // Directories are listed before rows: a session's row exists before its directory, so a new session can't be taken for
  // a stray.
  const directories: string[] = [];
  for (const room of await idNames(bufferDir)) {
    for (const user of await idNames(join(bufferDir, room))) {
      const sessions = await idNames(join(bufferDir, room, user));
      directories.push(...sessions.map((session) => `${room}/${user}/${session}`), `${room}/${user}`);
    }
    directories.push(room);
  }
  const sessions = await db.egressSession.findMany({
    where: { purgedAt: null },
    select: { segmentPath: true },
  });
  const owned = new Set(sessions.flatMap(({ segmentPath }) => withParents(segmentPath)));
  for (const directory of directories.filter((name) => !owned.has(name))) {
    if (directory.split('/').length === SESSION_DEPTH)
      await rm(join(bufferDir, directory), { recursive: true, force: true });
    else await removeIfEmpty(join(bufferDir, directory));
  }
}

/** Returns a path and its parents: `room/user/session` gives also `room/user` and `room`. */
function withParents(segmentPath: string): string[] {
  const parts = segmentPath.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

async function idNames(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && isIdName(entry.name)).map(({ name }) => name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    // The directory is in use, or already gone.
    if (!hasCode(error, 'ENOTEMPTY', 'ENOENT')) throw error;
  }
}
