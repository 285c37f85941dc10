import { createHash, randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export type FolderLock =
  | { isTaken: true; /** Process id, as its holder sees it. */ holder: string }
  | { isTaken: false; release(): Promise<void> };

/** sun_path of macOS, the shortest, less its final zero. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * Takes a lock that the kernel lets go of when its holder dies, however it dies: a listening socket beside the folder.
 * A file with a process id would lie after a `kill -9` in a container, where the next process has the same id.
 * @param folder absolute; the folder above must exist and be writable
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = socketPath(folder);
  const server = createServer((socket) => socket.on('error', () => undefined).end(String(process.pid)));
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await listens(server, path)) return { isTaken: false, release: () => close(server) };
    const holder = await askHolder(path);
    if (holder !== null) return { isTaken: true, holder };
    await removeStale(path);
  }
  return { isTaken: true, holder: 'unknown' };
}

function socketPath(folder: string): string {
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 32);
  if (process.platform === 'win32') return `\\\\.\\pipe\\hindsight-${id}`;
  const beside = `${folder}.lock`;
  // Leaves room for the suffix of removeStale.
  return Buffer.byteLength(beside) <= MAX_SOCKET_PATH_BYTES - 9
    ? beside
    : join(tmpdir(), `hindsight-${id}.lock`);
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(path, () => {
      // Whoever holds the lock keeps the process alive, not the lock.
      server.removeAllListeners('error').unref();
      resolve(true);
    });
  });
}

/** Null when nobody listens: its holder is dead. */
async function askHolder(path: string): Promise<string | null> {
  try {
    return (await text(connect(path))) || 'unknown';
  } catch {
    return null;
  }
}

/** Two processes may find the same dead socket: whoever moves a live one away by mistake puts it back. */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await askHolder(aside)) === null) await rm(aside, { force: true });
  else await rename(aside, path);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
