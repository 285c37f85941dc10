import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError } from '../errors.ts';
import { unprivilegedAccount } from './account.ts';
import { binariesFor, findBinaries } from './binaries.ts';
import { createDatabase } from './create.ts';
import { adoptDatabase, findDatabase, removeUnfinished, requireWritableParent } from './database-folder.ts';
import { writeDurably } from './durable-file.ts';
import { unusable } from './folder-errors.ts';
import {
  DATABASE,
  hasPassword,
  readOrCreatePassword,
  recordPassword,
  ROLE,
  setPasswordSql,
} from './password.ts';
import { clearRemains, findPostmaster } from './postmaster.ts';
import { NEUTRAL_FOLDER, programEnvironment, runSingleUser } from './programs.ts';
import { placeArguments, SETTINGS } from './settings.ts';
import { findSocketFolder } from './socket-folder.ts';

/** Says how the server of a database folder is started and reached. */
export interface Launch {
  command: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** They are missing when the server runs as the same user as this process. */
  uid?: number;
  gid?: number;
  /** The folder without links, as it is in `args`. */
  folder: string;
  socketFolder: string;
  /** It contains the password. */
  url: string;
}

/** A server whose starter died is told to stop within this time, and then has the second one to do so. */
const STILL_READY_MS = 2000;
const STOPPING_MS = 15_000;
const POLL_MS = 50;

/**
 * Makes the database of a folder at its first start, and otherwise whatever its server needs to start again: the account's
 * rights, the settings, the password, and no remains of a server that was killed.
 * The caller holds the folder's lock, so a server that still runs was started by somebody who has let go of it.
 * @throws DatabaseError DISK_FULL | FOLDER_UNUSABLE | FOLDER_IN_USE | NO_SERVER_OF_OUR_OWN
 */
export async function prepareOwnServer(folder: string, signal?: AbortSignal): Promise<Launch> {
  const found = await findBinaries();
  await requireWritableParent(folder);
  const place = await findDatabase(folder, found.major);
  try {
    const account = place.exists ? await adoptDatabase(folder, place.real) : await unprivilegedAccount();
    const context = { binaries: await binariesFor(account, found), account, signal };
    const password = await readOrCreatePassword(folder);
    const isNew = !place.exists;
    const real = isNew ? await createDatabase(place.real, password, context) : place.real;
    const socketFolder = await findSocketFolder(real, account);
    if (!isNew) {
      await removeUnfinished(place.real);
      await untilNobodyServes(folder, real);
      await clearRemains(real, socketFolder);
      await writeDurably(join(real, 'postgresql.conf'), SETTINGS, account);
      if (!(await hasPassword(real, password))) {
        // Whoever can change the file of the password owns the database. It takes a server that nobody else can reach.
        await runSingleUser(real, setPasswordSql(password), context);
        await recordPassword(real, password, account);
      }
    }
    return {
      command: join(context.binaries.native, 'bin', 'postgres'),
      args: placeArguments(real, socketFolder),
      cwd: NEUTRAL_FOLDER,
      env: programEnvironment(),
      ...account,
      folder: real,
      socketFolder,
      url: serverUrl(socketFolder, password),
    };
  } catch (error) {
    if (error instanceof DatabaseError || signal?.aborted === true) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw unusable(folder, `cannot be used (${why})`, 'Nothing in it was lost.', error);
  }
}

export function serverUrl(socketFolder: string, password: string): string {
  const host = encodeURIComponent(socketFolder);
  return `postgresql://${ROLE}:${encodeURIComponent(password)}@localhost/${DATABASE}?host=${host}`;
}

async function untilNobodyServes(folder: string, real: string): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const postmaster = await findPostmaster(real);
    if (postmaster === null) return;
    const patienceMs = postmaster.isReady ? STILL_READY_MS : STOPPING_MS;
    if (performance.now() - startedAt > patienceMs)
      throw inUse(folder, `PostgreSQL is process ${postmaster.pid}`);
    await delay(POLL_MS);
  }
}

/** @param holder says who uses it */
export function inUse(folder: string, holder: string): DatabaseError {
  return new DatabaseError(
    'FOLDER_IN_USE',
    `The database folder ${folder} is in use already (${holder}).`,
    'Stop the other Hindsight, or give this one a folder (DATA_DIR) or a PostgreSQL server (DATABASE_URL) of its own.',
  );
}
