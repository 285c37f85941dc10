import { open } from 'node:fs/promises';

/** Forces a file, or a directory's entries, to disk. */
export async function forceToDisk(path: string): Promise<void> {
  await using file = await open(path);
  await file.sync();
}
