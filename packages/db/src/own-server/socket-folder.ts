import { createHash } from 'node:crypto';
import { chown, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError } from '../errors.ts';
import type { Account } from './account.ts';
import { PORT } from './settings.ts';

/** macOS has the shortest `sun_path`; this is its length without the final zero. */
const MAX_SOCKET_PATH_BYTES = 103;

export function socketPath(socketFolder: string): string {
  return join(socketFolder, `.s.PGSQL.${PORT}`);
}

/**
 * Returns the folder of the server's socket: the database folder itself, which nobody else may enter, or a private folder in
 * the temporary one when the path would be too long for a socket.
 */
export async function findSocketFolder(folder: string, account: Account | null): Promise<string> {
  if (Buffer.byteLength(socketPath(folder)) <= MAX_SOCKET_PATH_BYTES) return folder;
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  // Root's own temporary folder may be closed to the account.
  const short = join(account === null ? tmpdir() : '/tmp', `hindsight-postgres-${id}`);
  const uid = account?.uid ?? process.getuid?.();
  try {
    await mkdir(short, { mode: 0o700 });
    if (account !== null) await chown(short, account.uid, account.gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = await lstat(short);
  // A death between mkdir and chown leaves a folder that is ours all the same.
  if (account !== null && found.isDirectory() && found.uid === 0)
    await chown(short, account.uid, account.gid);
  else if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0)
    throw new DatabaseError(
      'FOLDER_UNUSABLE',
      `The path of ${folder} is too long for a socket, and ${short}, where the socket would be instead, belongs to somebody else.`,
      `Remove ${short}, or choose a shorter DATA_DIR.`,
    );
  return short;
}
