import { open } from 'node:fs/promises';

/** Forces a file, or a directory's entries, to disk. */
export async function forceToDisk(path: string): Promise<void> {
  await using file = await open(path);
  await file.sync();
}

/** Writes a file, and forces it to disk. */
export async function writeDurably(path: string, content: Buffer | string): Promise<void> {
  await using file = await open(path, 'w');
  await file.writeFile(content);
  await file.sync();
}
