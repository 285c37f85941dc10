import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { socketPath } from './socket-folder.ts';

const run = promisify(execFile);

const POLL_MS = 20;
/** Processes that outlived their postmaster end by themselves when they notice; one in a long query does not. */
const ORPHANS_END_MS = 1000;
const ORPHANS_QUIT_MS = 4000;

/** The first process of a PostgreSQL server, as it describes itself in `postmaster.pid`. */
export interface Postmaster {
  pid: number;
  isReady: boolean;
  socketFolder: string;
}

/**
 * Reads who serves a database folder.
 * @param folder must be free of symbolic links
 * @returns null when nobody does, also when a file of a dead server says otherwise
 */
export async function findPostmaster(folder: string): Promise<Postmaster | null> {
  const lines = (await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !(await isPostgresOn(pid, folder))) return null;
  return { pid, isReady: lines[7]?.trim() === 'ready', socketFolder: lines[4] ?? folder };
}

/**
 * Clears away what a server that was killed left in its folder. PostgreSQL removes the files of a dead process itself, but
 * takes any living process with the same id for that server; in a container, ids are the same after each start.
 * The caller holds the folder's lock and has seen that nobody serves it.
 */
export async function clearRemains(folder: string, socketFolder: string): Promise<void> {
  const pidFile = join(folder, 'postmaster.pid');
  // A server that ended in order leaves neither this file nor processes.
  if ((await readFile(pidFile, 'utf8').catch(() => null)) !== null) await endOrphans(folder);
  await removeIfStale(pidFile, folder);
  await removeIfStale(`${socketPath(socketFolder)}.lock`, folder);
}

async function removeIfStale(file: string, folder: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return;
  const pid = Math.abs(Number.parseInt(text, 10));
  if (isAlive(pid) && !(await isPostgresOn(pid, folder))) await rm(file, { force: true });
}

/** Waits until the processes of a killed server are gone, because they still use its memory and files. */
async function endOrphans(folder: string): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const orphans = await processesOn(folder);
    if (orphans.length === 0) return;
    const waitedMs = performance.now() - startedAt;
    // Without their postmaster nothing that they do can be confirmed to anybody.
    if (waitedMs > ORPHANS_END_MS)
      for (const pid of orphans) signal(pid, waitedMs > ORPHANS_QUIT_MS ? 'SIGKILL' : 'SIGQUIT');
    await delay(POLL_MS);
  }
}

/** Finds the processes of PostgreSQL on a folder. Other systems than Linux don't tell, and PostgreSQL then refuses to start. */
async function processesOn(folder: string): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid));
  const isOnes = await Promise.all(pids.map((pid) => isPostgresOn(pid, folder)));
  return pids.filter((_pid, index) => isOnes[index]);
}

/** PostgreSQL's processes work in their database folder. */
async function isPostgresOn(pid: number, folder: string): Promise<boolean> {
  if (process.platform !== 'linux') {
    const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return stdout.includes(`postgres -D ${folder}`);
  }
  try {
    const [name, cwd] = await Promise.all([
      readFile(`/proc/${pid}/comm`, 'utf8'),
      readlink(`/proc/${pid}/cwd`),
    ]);
    return name.trim() === 'postgres' && cwd === folder;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  return signal(pid, 0);
}

/** Returns whether the process existed. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
