import { readFile, realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { DatabaseError } from '../errors.ts';
import { lockFolder } from '../folder-lock.ts';
import { requireWritableParent } from './database-folder.ts';
import { passwordFile } from './password.ts';
import { findPostmaster } from './postmaster.ts';
import { inUse, prepareOwnServer, serverUrl } from './prepare.ts';
import { runServer } from './run-server.ts';

/** A PostgreSQL server on a folder of ours. */
export interface OwnServer {
  /** It is the address of the app's database, and contains the password. */
  url: string;
  /** Stops the server if it was started for this. */
  close(): Promise<void>;
}

/** Whoever starts a server needs at most this long, unless much has to be recovered. */
const OTHERS_START_MS = 60_000;
const POLL_MS = 50;

/**
 * Opens the PostgreSQL server on a folder, which is made at its first use. A server that runs there already is used as it is;
 * otherwise one is started, kept running, and stopped when this closes or this process dies in whatever way.
 * @param folder must be absolute; its parent also gets the file of the password
 * @param options `mayAttach: false` refuses a server that another process runs, which would stop without asking
 * @throws DatabaseError DISK_FULL | FOLDER_UNUSABLE | FOLDER_IN_USE | ACCESS_DENIED | NO_SERVER_OF_OUR_OWN
 */
export async function openOwnServer(folder: string, { mayAttach = true } = {}): Promise<OwnServer> {
  await requireWritableParent(folder);
  const deadline = performance.now() + OTHERS_START_MS;
  for (;;) {
    let running = mayAttach ? await attach(folder) : null;
    let holder = 'it is starting or stopping';
    if (running === null) {
      const lock = await lockFolder(folder);
      if (lock.isTaken) holder = lock.holder;
      else {
        // Somebody may have started it, and let go of the lock, since it was looked for.
        running = mayAttach ? await attach(folder) : null;
        if (running === null) return startServer(folder, lock.release);
        await lock.release();
      }
    }
    if (running !== null && running !== 'not ready') return running;
    if (!mayAttach || performance.now() > deadline) throw inUse(folder, holder);
    await delay(POLL_MS);
  }
}

/** Tells whether the server at an address is the one that runs on a folder of ours. */
export async function runsOn(url: string, folder: string): Promise<boolean> {
  const real = await realpath(folder).catch(() => null);
  const postmaster = real === null ? null : await findPostmaster(real);
  return postmaster !== null && new URL(url).searchParams.get('host') === postmaster.socketFolder;
}

/** Returns null when no server runs on the folder. */
async function attach(folder: string): Promise<OwnServer | 'not ready' | null> {
  const real = await realpath(folder).catch(() => null);
  const postmaster = real === null ? null : await findPostmaster(real);
  if (postmaster === null) return null;
  if (!postmaster.isReady) return 'not ready';
  const password = (await readFile(passwordFile(folder), 'utf8').catch(() => '')).trim();
  const url = serverUrl(postmaster.socketFolder, password);
  try {
    await connectOnce(url);
  } catch (error) {
    if ((error as { code?: string }).code !== '28P01') return 'not ready';
    throw new DatabaseError(
      'ACCESS_DENIED',
      `${passwordFile(folder)} does not hold the password of the PostgreSQL server that runs on ${folder}.`,
      'Stop Hindsight and start it again: each start gives the database the password in that file, or a new one when there is none.',
      { cause: error },
    );
  }
  return { url, close: () => Promise.resolve() };
}

async function startServer(folder: string, release: () => Promise<void>): Promise<OwnServer> {
  try {
    const launch = await prepareOwnServer(folder);
    const server = await runServer(launch, folder, () => connectOnce(launch.url));
    return {
      url: launch.url,
      async close() {
        await server.stop();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function connectOnce(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  // An error after the connection's end concerns nobody.
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
}
