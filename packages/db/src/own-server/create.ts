import { join } from 'node:path';
import { requireUserName } from './account.ts';
import { beginFolder, completeFolder, removeUnfinished } from './database-folder.ts';
import { writeDurably } from './durable-file.ts';
import { unusable } from './folder-errors.ts';
import { DATABASE, recordPassword, ROLE, setPasswordSql } from './password.ts';
import { type ProgramContext, runInitdb, runSingleUser, syncDatabase } from './programs.ts';
import { ACCESS_RULES, SETTINGS } from './settings.ts';

/**
 * Makes a database. It gets its name when it is complete and on disk, so a death at any moment leaves either no database or a
 * whole one.
 * @param folder must be free of symbolic links, and absent or empty
 * @returns where the database lies: elsewhere when the account cannot reach the folder, which is then a link
 * @throws DatabaseError DISK_FULL | FOLDER_UNUSABLE | NO_SERVER_OF_OUR_OWN
 */
export async function createDatabase(
  folder: string,
  password: string,
  context: ProgramContext,
): Promise<string> {
  requireUserName();
  await removeUnfinished(folder);
  try {
    const { unfinished, real } = await beginFolder(folder, context.account);
    await runInitdb(real, ROLE, context);
    await writeDurably(join(real, 'pg_hba.conf'), ACCESS_RULES, context.account);
    await writeDurably(join(real, 'postgresql.conf'), SETTINGS, context.account);
    await runSingleUser(real, firstStatements(password), { ...context, settings: ['fsync=off'] });
    await recordPassword(real, password, context.account);
    await syncDatabase(real, context);
    await completeFolder(unfinished, folder);
    return real === unfinished ? folder : real;
  } catch (error) {
    await removeUnfinished(folder);
    context.signal?.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw unusable(folder, `could not be made (${why})`, 'Nothing was left behind.', error);
  }
}

/** Details of an error may hold what people wrote, so only a server that does not answer yet logs them. */
function firstStatements(password: string): string {
  return [
    setPasswordSql(password),
    `ALTER ROLE ${ROLE} SET log_error_verbosity = terse;\n`,
    `CREATE DATABASE ${DATABASE};\n`,
  ].join('');
}
