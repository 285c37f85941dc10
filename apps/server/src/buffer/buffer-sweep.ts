import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import { hasCode } from '@hindsight/shared/error-code';
import { isIdName } from './buffer-paths.ts';

/** {room}/{user}/{session} */
const SESSION_DEPTH = 3;

/**
 * Removes buffer directories that no session owns: of deleted users and channels, of starts that failed, of a crash
 * between a buffer's end and its row's. Only directories of our own naming are looked at.
 */
export async function removeStrayDirectories({
  db,
  bufferDir,
}: {
  db: PrismaClient;
  bufferDir: string;
}): Promise<void> {
  // Directories before rows: a session's row is there before its directory, so a new one can't be missed.
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

/** `room/user/session` → also `room/user` and `room`. */
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
    // In use, or gone.
    if (!hasCode(error, 'ENOTEMPTY', 'ENOENT')) throw error;
  }
}
