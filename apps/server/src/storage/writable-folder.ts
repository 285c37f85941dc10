import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder that the server can't do without and may not write. */
export class FolderError extends Error {
  override readonly name = 'FolderError';
}

/**
 * Writes something into a folder and takes it away. Rights alone don't tell: network file systems refuse, and read-only ones
 * let root pass, only when something is written.
 */
export async function tryToWrite(folder: string): Promise<void> {
  const path = join(folder, `.writable-${randomUUID()}`);
  try {
    await writeFile(path, 'x');
  } finally {
    await rm(path, { force: true });
  }
}

/**
 * Makes a folder, if need be, and sees whether it can be written.
 * @param setting the variable that moves it
 * @throws FolderError
 */
export async function requireWritable(folder: string, setting: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await tryToWrite(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const user = process.getuid === undefined ? 'the server’s user' : `user ${process.getuid()}`;
    throw new FolderError(
      `${folder} cannot be written by ${user} (${code}). Give the folder to that user, or set ${setting} to one that it may write.`,
      { cause: error },
    );
  }
}
