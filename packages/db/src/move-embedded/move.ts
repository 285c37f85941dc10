import { randomUUID } from 'node:crypto';
import { constants, cpSync } from 'node:fs';
import { access, mkdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseError } from '../errors.ts';
import { lockFolder } from '../folder-lock.ts';
import { appliedMigrations, knownMigrations, OtherReleaseError } from '../known-migrations.ts';
import { openSingleConnection, type SingleConnection } from '../postgres.ts';
import { syncFolder, writeDurably } from '../own-server/durable-file.ts';
import { fillDatabase } from '../rows/fill-database.ts';
import { isEmpty, type RunSql } from '../rows/table-rows.ts';
import { copyRows } from './copy-rows.ts';
import { isEmbeddedDatabase } from './embedded-folder.ts';
import { FetchError, fetchReader, openEmbedded } from './reader.ts';

interface Move {
  /** The embedded database; absolute. */
  folder: string;
  /** An empty database of a PostgreSQL server. */
  url: string;
  say: (line: string) => void;
}

/** The folders and files of an unfinished move are kept beside the database, and go when it is done. */
function workOf(folder: string) {
  const work = `${folder}.moving`;
  return { work, copy: join(work, 'copy'), reader: join(work, 'reader'), id: join(work, 'id') };
}

/**
 * Moves the embedded database of a former release (PGlite) to a PostgreSQL server, once. Nothing is written to the old folder: a
 * copy of it is read. All rows arrive in one transaction, which also names this move, so that the next start knows whether it was
 * committed; only then the old folder is renamed, and kept. Whenever the process dies before that, the next start moves all anew.
 * @returns the path of the kept folder, or null when there is nothing to move
 * @throws DatabaseError NOT_MOVED | FOLDER_IN_USE, or what is wrong with the server; the old folder is as it was then
 */
export async function moveEmbeddedDatabase({ folder, url, say }: Move): Promise<string | null> {
  if (!(await isEmbeddedDatabase(folder))) {
    await tidyUp(folder);
    return null;
  }
  const lock = await lockFolder(folder);
  if (lock.isTaken)
    throw new DatabaseError(
      'FOLDER_IN_USE',
      `The database folder ${folder} is open in another server (${lock.holder}).`,
      'Stop that server first.',
    );
  try {
    const target = await openSingleConnection(url);
    try {
      await moveInto(target, { folder, say });
    } finally {
      await target.close();
    }
    return await keep(folder);
  } catch (error) {
    throw explained(folder, error);
  } finally {
    await lock.release();
  }
}

async function moveInto(target: SingleConnection, { folder, say }: Omit<Move, 'url'>): Promise<void> {
  const { work, copy, reader, id } = workOf(folder);
  const earlier = await readFile(id, 'utf8').catch(() => null);
  if (earlier !== null && earlier === (await moveRecordedIn(target.run))) {
    say('An earlier start has moved everything; only the old folder is put aside now.');
    return;
  }
  if (!(await isEmpty(target.run)))
    throw new DatabaseError(
      'NOT_MOVED',
      `${folder} holds the database of a former release, but ${target.label} has data, too.`,
      'Decide which one you want. For the new one, give the old folder another name. For the old one, empty the new database (without DATABASE_URL: stop, and give data/postgres another name). Then start again.',
    );

  await mkdir(work, { recursive: true });
  await rm(copy, { recursive: true, force: true });
  say('Fetching PGlite, which reads the old database …');
  await fetchReader(reader);
  say(`Copying ${folder}, because reading changes it …`);
  // A copy shares blocks with the original where the file system can; Node heeds that mode only beside a filter. A promise for each
  // of a thousand files would take twice as long, and nothing else is to be done meanwhile.
  const mode = constants.COPYFILE_FICLONE;
  cpSync(await realpath(folder), copy, { recursive: true, mode, filter: () => true });
  say('Opening the copy …');
  const source = await openEmbedded(reader, copy);
  try {
    const migrations = await knownMigrations(await appliedMigrations(source.run));
    if (migrations.migrationDirectories.length === 0) return;
    const moveId = randomUUID();
    // It is on disk before anything is committed under it.
    await writeDurably(id, moveId, null);
    await source.run('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const { tables, rows } = await fillDatabase(target, migrations, async (run) => {
      const copied = await copyRows(source.run, run, say);
      await run(`COMMENT ON TABLE _prisma_migrations IS '${moveId}'`);
      return copied;
    });
    say(`${rows.toLocaleString('en')} rows of ${tables} tables have arrived, all equal to the old ones.`);
  } finally {
    // What becomes of the copy doesn't matter, and a database that is damaged may not close.
    await source.close().catch(() => undefined);
  }
}

/** Returns the name of the move that filled a database, or null. */
async function moveRecordedIn(run: RunSql): Promise<string | null> {
  const [found] = await run<{ id: string | null }>(
    `SELECT obj_description(to_regclass('_prisma_migrations'), 'pg_class') AS id`,
  );
  return found?.id ?? null;
}

/** Puts the old folder aside under a name that tells the day. */
async function keep(folder: string): Promise<string> {
  const kept = await freeName(`${folder}.moved-${new Date().toISOString().slice(0, 10)}`);
  await rename(folder, kept);
  await syncFolder(dirname(folder));
  await rm(workOf(folder).work, { recursive: true, force: true });
  return kept;
}

/** Removes what is left when a process died after it had renamed the folder. */
async function tidyUp(folder: string): Promise<void> {
  const { work } = workOf(folder);
  if (!(await exists(work))) return;
  // Taking the lock of a dead process and letting go of it removes its socket.
  const lock = await lockFolder(folder);
  if (lock.isTaken) return;
  await rm(work, { recursive: true, force: true });
  await lock.release();
}

async function freeName(wanted: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (!(await exists(name))) return name;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Says that nothing was changed, and what to do. */
function explained(folder: string, error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { message } = error as Error;
  return new DatabaseError(
    'NOT_MOVED',
    `The database of a former release in ${folder} could not be moved to PostgreSQL, and was left as it was: ${message.replace(/\.$/, '')}.`,
    remedyFor(error),
    { cause: error },
  );
}

function remedyFor(error: unknown): string {
  if (error instanceof FetchError) return error.remedy;
  if (error instanceof OtherReleaseError) return 'Start it with the release that wrote it, or a later one.';
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
    return 'Free some room on the disk and start again.';
  return 'Start again; if it fails once more, restore a backup into a new database (docs/operations.md). The release that wrote it may still open it, and save a backup.';
}
