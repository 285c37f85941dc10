import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export type FolderLock =
  | { isTaken: true; /** "process <id>", as its holder sees it. */ holder: string }
  | { isTaken: false; release(): Promise<void> };

const ANSWER_TIMEOUT_MS = 1000;
/** macOS has the shortest `sun_path`; this is its length without the final zero. */
const MAX_SOCKET_PATH_BYTES = 103;
/** `removeStale` appends a suffix of this length to a socket's name. */
const SUFFIX_BYTES = 9;

/**
 * Takes a lock that the kernel releases when its holder dies in any way: a listening socket beside the folder. A file with a
 * process id would remain after a `kill -9` in a container, where the next process has the same id.
 * @param folder must be absolute; its parent folder must exist and be writable
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 32);
  if (process.platform === 'win32') return lockAt(`\\\\.\\pipe\\hindsight-${id}`);
  const beside = `${folder}.lock`;
  const elsewhere = join(tmpdir(), `hindsight-${id}.lock`);
  if (Buffer.byteLength(beside) + SUFFIX_BYTES > MAX_SOCKET_PATH_BYTES) return lockAt(elsewhere);
  // Some network file systems and shared folders do not support sockets.
  return lockAt(beside).catch(() => lockAt(elsewhere));
}

async function lockAt(path: string): Promise<FolderLock> {
  const server = createServer((socket) => socket.on('error', () => undefined).end(`process ${process.pid}`));
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await listens(server, path)) return { isTaken: false, release: () => close(server) };
    const holder = await askHolder(path);
    if (holder !== null) return { isTaken: true, holder };
    await removeStale(path);
  }
  throw new Error(`${path} can be neither listened at nor removed`);
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(path, () => {
      // The lock itself must not keep the process running.
      server.removeAllListeners('error').unref();
      resolve(true);
    });
  });
}

/** Returns null when nobody listens, which means that the holder is dead. A holder that is too busy to answer is alive. */
async function askHolder(path: string): Promise<string | null> {
  const socket = connect(path).setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'connect');
  } catch {
    return null;
  }
  return text(socket).catch(() => 'too busy to say which');
}

/**
 * Removes the socket of a dead process. Two processes may try this at once: one that moves a live socket by mistake puts it
 * back.
 */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}.${randomUUID().slice(0, SUFFIX_BYTES - 1)}`;
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
