import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseError } from '../errors.ts';

/** Former releases kept their database in this folder of the data folder, unless DATABASE_URL named another. */
const FORMER_FOLDER = 'db';

/** Says whether a folder holds a database that a former release embedded (PGlite). */
export async function isEmbeddedDatabase(folder: string): Promise<boolean> {
  return access(join(folder, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

/**
 * Refuses a data folder whose former database has not been moved yet. A server that started on an empty one instead would show
 * none of it, and would remove the files of all clips, because no row names them.
 * @throws DatabaseError NOT_MOVED
 */
export async function requireMoved(dataDir: string): Promise<void> {
  const folder = join(dataDir, FORMER_FOLDER);
  if (!(await isEmbeddedDatabase(folder))) return;
  throw new DatabaseError(
    'NOT_MOVED',
    `${folder} holds the database of a former release, which has not been moved to PostgreSQL yet.`,
    `npm start moves it; so does "node packages/db/src/move-embedded/main.ts ${folder}". If it is not needed any more, give it another name.`,
  );
}
