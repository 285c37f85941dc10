import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@hindsight/shared/error-code';

/**
 * File systems answer this when they don't support hard links, or not to this file: exFAT, many SMB shares, other disks. The mounts of
 * Docker Desktop answer EIO.
 */
const NO_LINK = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS', 'EIO'];

/** Makes a second name for a file, as `link` of `node:fs` does. Tests have one of file systems that can't. */
export type MakeLink = (path: string, newPath: string) => Promise<void>;

/** Says whether an error of `link` means that there can be no hard link. */
export function isWithoutLinks(error: unknown): boolean {
  return hasCode(error, ...NO_LINK);
}

/**
 * Gives a file a second name, or copies it where there are no hard links.
 * @throws the file system's error when the file isn't there or can't be read
 */
export async function linkOrCopy(path: string, target: string, makeLink: MakeLink = link): Promise<void> {
  try {
    await makeLink(path, target);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    await copyFile(path, target, constants.COPYFILE_FICLONE);
  }
}

/** Says whether files in a folder can have a second name. */
export async function hasHardLinks(folder: string, makeLink: MakeLink = link): Promise<boolean> {
  const path = join(folder, `.links-${randomUUID()}`);
  const second = `${path}-2`;
  try {
    await writeFile(path, 'x');
    await makeLink(path, second);
    return true;
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    return false;
  } finally {
    await rm(path, { force: true });
    await rm(second, { force: true });
  }
}
