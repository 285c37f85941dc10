import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The server needs this folder and may not write in it. */
export class FolderError extends Error {
  override readonly name = 'FolderError';
}

/**
 * Writes a file into a folder and deletes it. Checking permissions isn't enough: network file systems refuse, and
 * read-only ones let root pass, until something is written.
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
 * Creates a folder if it doesn't exist, and checks that it can be written.
 * @param setting the variable that sets the folder
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
