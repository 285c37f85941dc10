import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Account } from './account.ts';

/**
 * Writes a small file that only its owner can read, unless it has that text already. It is complete and on disk when this
 * resolves; a death in between leaves the old one.
 * @param owner null is this process's own user
 */
export async function writeDurably(path: string, text: string, owner: Account | null): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => null)) === text) return;
  const unfinished = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    // The flag refuses a link that somebody else may have put there.
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.writeFile(text);
      if (owner !== null) await file.chown(owner.uid, owner.gid);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Forces to disk which names a folder has. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
