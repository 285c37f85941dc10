import { randomUUID } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
} from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Account, canPass, unprivilegedAccount } from './account.ts';
import { syncFolder } from './durable-file.ts';
import { unusable } from './folder-errors.ts';
import { OWN_PLACE, ownPlace } from './own-place.ts';

const run = promisify(execFile);

const CHOOSE_ANOTHER = 'Give Hindsight a folder that it may write to (DATA_DIR).';

/** @throws DatabaseError FOLDER_UNUSABLE when the database folder cannot lie there */
export async function requireWritableParent(folder: string): Promise<void> {
  try {
    await mkdir(dirname(folder), { recursive: true });
    await access(dirname(folder), constants.W_OK);
  } catch (error) {
    throw unusable(folder, 'cannot be written to', CHOOSE_ANOTHER, error);
  }
}

/** Says where a database lies, or shall lie, when links are followed. */
export interface DatabasePlace {
  real: string;
  exists: boolean;
}

/**
 * Finds the database of a folder, wherever a link leads.
 * @param major is PostgreSQL's major version
 * @throws DatabaseError FOLDER_UNUSABLE when the folder holds something else
 */
export async function findDatabase(folder: string, major: string): Promise<DatabasePlace> {
  try {
    if ((await lstat(folder).catch(missing)) === null)
      return { real: join(await realpath(dirname(folder)), basename(folder)), exists: false };
    const real = await realpath(folder).catch(missing);
    if (real === null)
      throw unusable(
        folder,
        `is a link to ${await readlink(folder)}, which does not exist`,
        'Put the database back there, or remove the link to begin with an empty database and restore a backup into it.',
      );
    const names = await readdir(real);
    if (names.length === 0) return { real, exists: false };
    if (!names.includes('PG_VERSION'))
      throw unusable(
        folder,
        'holds other files and no database',
        'Move them elsewhere, or choose another DATA_DIR.',
      );
    const version = (await readFile(join(real, 'PG_VERSION'), 'utf8')).trim();
    if (version !== major) throw otherVersion(folder, version, major);
    await access(real, constants.W_OK);
    return { real, exists: true };
  } catch (error) {
    throw unusable(folder, 'cannot be read and written', await whoMay(folder), error);
  }
}

function otherVersion(folder: string, version: string, major: string): Error {
  return unusable(
    folder,
    `was written by PostgreSQL ${version}, and this release of Hindsight has PostgreSQL ${major}`,
    `Nothing was changed. With the release of Hindsight that wrote it, save a backup: node apps/server/src/backup/main.ts save <backup>. Then move ${folder} aside, restore with this release: node apps/server/src/backup/main.ts restore <backup>, and start.`,
  );
}

async function whoMay(folder: string): Promise<string> {
  const owner = await stat(folder).catch(() => null);
  if (owner === null || owner.uid === process.getuid?.()) return CHOOSE_ANOTHER;
  return `It belongs to user ${owner.uid}: run Hindsight as the user who made it, or give it to yours (chown -R).`;
}

/**
 * Sees to it that the server's account owns the database and can reach it.
 * @returns the account that the server gets; null is this process's own user
 * @throws DatabaseError FOLDER_UNUSABLE
 */
export async function adoptDatabase(folder: string, real: string): Promise<Account | null> {
  const { uid, gid, mode } = await stat(real);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && uid !== process.getuid?.())
    throw unusable(folder, 'belongs to another user', await whoMay(folder));
  // PostgreSQL refuses a folder that others may enter; a copy may have lost that.
  if ((mode & 0o027) !== 0) await chmod(real, 0o700);
  if (!isRoot) return null;
  // The account that made the database keeps it, also when a better one has come since. What root owns was copied by root.
  const owner = uid === 0 ? await giveToAccount(real) : { uid, gid };
  if (!(await canReach(real, owner, dirname(folder))))
    throw unusable(
      folder,
      `cannot be reached by user ${owner.uid}, which PostgreSQL runs as, because a folder above ${real} is closed to other users`,
      `Move it, and leave a link: mkdir -p ${OWN_PLACE} && mv ${real} ${OWN_PLACE}/postgres-moved && ln -s ${OWN_PLACE}/postgres-moved ${folder}`,
    );
  return owner;
}

/** The folder itself changes hands last, so that a death in between is seen by the next start. */
async function giveToAccount(real: string): Promise<Account> {
  const account = await unprivilegedAccount();
  if (account === null) throw new Error('only root gives files away');
  const entries = (await readdir(real)).map((name) => join(real, name));
  await run('chown', ['-R', `${account.uid}:${account.gid}`, ...entries]);
  await chown(real, account.uid, account.gid);
  return account;
}

/** What a death during the making of a database leaves has such a name. */
const unfinishedName = (folder: string) => `${basename(folder)}.creating-`;

/**
 * Makes the folder in which a new database is put together.
 * @param folder must be free of symbolic links
 * @returns its present name, which `completeFolder` changes, and its path without links
 */
export async function beginFolder(
  folder: string,
  account: Account | null,
): Promise<{ unfinished: string; real: string }> {
  const id = randomUUID().slice(0, 8);
  const unfinished = join(dirname(folder), `${unfinishedName(folder)}${id}`);
  if (account === null || (await canReach(folder, account, dirname(folder)))) {
    await mkdir(unfinished, { mode: 0o700 });
    if (account !== null) await chown(unfinished, account.uid, account.gid);
    return { unfinished, real: unfinished };
  }
  const real = join(await ownPlace(), `postgres-${id}`);
  // The link comes first: whatever lies in our place has a link that leads to it.
  await symlink(real, unfinished);
  await mkdir(real, { mode: 0o700 });
  await chown(real, account.uid, account.gid);
  return { unfinished, real };
}

/** Gives a complete database its name. */
export async function completeFolder(unfinished: string, folder: string): Promise<void> {
  // An empty folder may be there, which a link cannot replace.
  await rmdir(folder).catch(missing);
  await rename(unfinished, folder);
  await syncFolder(dirname(folder));
}

/** Removes databases that were begun beside the folder and not completed. */
export async function removeUnfinished(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(unfinishedName(folder))) continue;
    const path = join(parent, name);
    const target = await readlink(path).catch(() => null);
    if (target?.startsWith(`${OWN_PLACE}${sep}postgres-`) === true) await removeTree(target);
    await removeTree(path);
  }
}

/** A program that is just ending may still write into it. */
function removeTree(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/**
 * Says whether the account can reach what is, or will be, at a path. The data folder is Hindsight's own: when it is closed to
 * everybody else, the account's group may pass from now on. Folders further up are left as they are.
 */
async function canReach(path: string, account: Account, dataFolder: string): Promise<boolean> {
  const parent = dirname(path);
  if (await canPass(account, parent)) return true;
  const { uid, mode } = await stat(parent);
  const isOurs = parent === (await realpath(dataFolder)) && uid === 0 && (mode & 0o070) === 0;
  if (!isOurs || !(await canPass(account, dirname(parent)))) return false;
  await chown(parent, uid, account.gid);
  await chmod(parent, (mode & 0o7777) | 0o010);
  return canPass(account, parent);
}

function missing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
