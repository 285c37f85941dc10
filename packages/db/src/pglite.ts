import { access, constants, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { DatabaseError } from './errors.ts';
import { lockFolder } from './folder-lock.ts';

/**
 * Opens the embedded database that is kept in a folder, and creates it on first use. The database survives the death of this
 * process at any moment, but there is no fsync against power loss: a server with people's clips should use PostgreSQL.
 * @param folder must be absolute
 * @throws DatabaseError FOLDER_UNUSABLE | FOLDER_IN_USE
 */
export async function openPGliteFolder(folder: string): Promise<{ pglite: PGlite; close(): Promise<void> }> {
  await requireWritable(folder);
  const lock = await lockFolder(folder);
  if (lock.isTaken)
    throw new DatabaseError(
      'FOLDER_IN_USE',
      `The database folder ${folder} is open in another server (${lock.holder}).`,
      'Stop the other server, or give this one its own folder (DATABASE_URL) or a PostgreSQL server that both can use.',
    );
  try {
    await createIfMissing(folder);
    const pglite = await PGlite.create(folder);
    return {
      pglite,
      async close() {
        await pglite.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    if (error instanceof DatabaseError) throw error;
    throw unusable(folder, 'cannot be opened as a database', error);
  }
}

async function requireWritable(folder: string): Promise<void> {
  try {
    await mkdir(dirname(folder), { recursive: true });
    await access(dirname(folder), constants.W_OK);
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    if (names.length > 0) await access(folder, constants.W_OK);
    if (names.length > 0 && !names.includes('PG_VERSION'))
      throw unusable(folder, 'holds other files and no database');
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    throw unusable(folder, 'cannot be written to', error);
  }
}

/**
 * Creates the database under another name and renames it when complete, so a process that dies meanwhile leaves nothing there.
 */
async function createIfMissing(folder: string): Promise<void> {
  const unfinished = `${folder}.creating`;
  await rm(unfinished, { recursive: true, force: true });
  const exists = await access(join(folder, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (exists) return;
  const pglite = await PGlite.create(unfinished);
  await pglite.close();
  await rename(unfinished, folder);
}

function unusable(folder: string, what: string, cause?: unknown): DatabaseError {
  return new DatabaseError(
    'FOLDER_UNUSABLE',
    `The database folder ${folder} ${what}.`,
    'Give the server a folder that it may write to (DATABASE_URL=pglite://<folder>, DATA_DIR).',
    { cause },
  );
}
