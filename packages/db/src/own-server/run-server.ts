import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { diskFull, isAboutFullDisk, unusable } from './folder-errors.ts';
import { clearRemains, findPostmaster, signal } from './postmaster.ts';
import type { Launch } from './prepare.ts';

/** Recovery after a crash reads at most what `max_wal_size` lets pile up, but the disk may be slow. */
const START_MS = 5 * 60_000;
const POLL_MS = 20;
/** The server's last checkpoint has this long before it is left to the next start's recovery. */
const STOP_MS = 30_000;
const MIN_RESTART_MS = 250;
const MAX_RESTART_MS = 10_000;
/** A server that ran this long before it died does not crash repeatedly. */
const SETTLED_MS = 30_000;
const MAX_LOG_BYTES = 20 * 1024 * 1024;
const TAIL_BYTES = 4000;

/**
 * The shell holds the other end of our pipe: when we die in whatever way, `cat` ends and the server is asked to end too. SIGINT
 * is PostgreSQL's fast shutdown. The shell ends with the server.
 */
const SUPERVISE = `
exec 3<&0
"$@" 3<&- < /dev/null & server=$!
{ cat <&3 > /dev/null; kill -INT $server; } & watcher=$!
exec 3<&-
wait $server; code=$?
kill $watcher 2> /dev/null
exit $code`;

/**
 * Starts a prepared server as a child of this process and keeps it running.
 * @param folder is as people know it
 * @param connect rejects while the server takes no connections
 * @throws DatabaseError DISK_FULL | FOLDER_UNUSABLE when it does not start
 */
export async function runServer(
  launch: Launch,
  folder: string,
  connect: () => Promise<void>,
): Promise<{ stop(): Promise<void> }> {
  const log = await openLog(join(dirname(folder), 'logs', 'postgres.log'));
  const stopping = new AbortController();
  let child = startChild(launch, log.fd);

  async function keepRunning(): Promise<void> {
    for (let restartMs = MIN_RESTART_MS; ; restartMs = Math.min(2 * restartMs, MAX_RESTART_MS)) {
      const startedAt = performance.now();
      await untilEnded(child);
      if (stopping.signal.aborted) return;
      if (performance.now() - startedAt > SETTLED_MS) restartMs = MIN_RESTART_MS;
      await delay(restartMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      await clearRemains(launch.folder, launch.socketFolder);
      if (stopping.signal.aborted) return;
      child = startChild(launch, log.fd);
    }
  }

  async function stopChild(): Promise<void> {
    child.stdin?.end();
    const patience = new AbortController();
    const tooLong = delay(STOP_MS, 'too long', { signal: patience.signal }).catch(() => undefined);
    if ((await Promise.race([untilEnded(child), tooLong])) === 'too long') {
      const postmaster = await findPostmaster(launch.folder);
      if (postmaster !== null) signal(postmaster.pid, 'SIGQUIT');
      await untilEnded(child);
    }
    patience.abort();
  }

  try {
    await untilReady(launch, child, connect);
  } catch (error) {
    await stopChild();
    const said = await log.tail();
    await log.close();
    if (isAboutFullDisk(said)) throw diskFull(folder, error);
    const why = `could not be opened by PostgreSQL, which said:\n${said}\n`;
    throw unusable(folder, why, 'Nothing in it was removed.', error);
  }
  const running = keepRunning();
  return {
    async stop() {
      stopping.abort();
      await stopChild();
      await running;
      await log.close();
    },
  };
}

function startChild({ command, args, cwd, env, uid, gid }: Launch, logFd: number): ChildProcess {
  const child = spawn('sh', ['-c', SUPERVISE, 'sh', command, ...args], {
    cwd,
    env,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    stdio: ['pipe', logFd, logFd],
    detached: true,
  });
  child.stdin?.on('error', () => undefined);
  // Whatever waits for the shell's `cat` ends with the shell.
  child.once('exit', () => child.stdin?.destroy());
  child.once('error', () => undefined);
  return child;
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function untilEnded(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) await once(child, 'exit');
}

async function untilReady(launch: Launch, child: ChildProcess, connect: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    if ((await findPostmaster(launch.folder))?.isReady === true) {
      const error = await connect().then(
        () => null,
        (reason: unknown) => reason,
      );
      if (error === null) return;
      if (performance.now() > deadline) throw error;
    }
    if (hasEnded(child)) throw new Error('PostgreSQL ended before it was ready');
    if (performance.now() > deadline)
      throw new Error(`PostgreSQL was not ready after ${START_MS / 60_000} minutes`);
    await delay(POLL_MS);
  }
}

/** Opens the log that `npm start` uses too; a long one is put aside. */
async function openLog(path: string) {
  await mkdir(dirname(path), { recursive: true });
  const { size: sizeBytes } = await stat(path).catch(() => ({ size: 0 }));
  if (sizeBytes > MAX_LOG_BYTES) await rename(path, `${path}.1`);
  const file = await open(path, 'a+');
  const { size: from } = await file.stat();
  return {
    fd: file.fd,
    close: () => file.close(),
    /** What has been written since it was opened, the end of it. */
    async tail() {
      const { size } = await file.stat();
      const length = Math.min(size - from, TAIL_BYTES);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.toString('utf8').trim();
    },
  };
}
