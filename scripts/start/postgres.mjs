// This module starts the PostgreSQL server of our own, which is a sibling of the app server: a crash of one does not end the
// other.
import { spawn } from 'node:child_process';
import { readFile, realpath } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openChildLog } from './child-log.mjs';
import { COMPILE_CACHE, NODE_24, ROOT } from '../setup/setup.mjs';
import { SetupError } from '../setup/setup-error.mjs';
import { createSupervisor } from './supervisor.mjs';

/** @typedef {Awaited<ReturnType<typeof import('./run-file.mjs').claimDataDir>>} Claim */

/**
 * What prepare-main.ts prints (packages/db/src/own-server/prepare.ts).
 * @typedef {object} Launch
 * @property {string} command
 * @property {string[]} args
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 * @property {number} [uid]
 * @property {number} [gid]
 * @property {string} folder where the database lies, without symbolic links
 * @property {string} socketFolder
 * @property {string} url with the password
 */

const PREPARE = path.join('packages', 'db', 'src', 'own-server', 'prepare-main.ts');
const SOCKET = '.s.PGSQL.5432';
/** After a crash the server first repeats what its log holds, on a disk that may be slow. */
const START_MS = 5 * 60_000;
const POLL_MS = 15;
/** The last checkpoint may take this long before it is left to the next start. */
const STOP_MS = 30_000;
/** The person at the terminal is told of a full disk once in this time. */
const DISK_NOTE_MS = 60_000;

/**
 * Returns a PostgreSQL server on `postgres` in the data directory, which is not started yet.
 * @param {{ dataDir: string, claim: Claim, log: (line: string) => void }} options
 */
export function createPostgres({ dataDir, claim, log }) {
  const childLog = openChildLog(path.join(dataDir, 'logs', 'postgres.log'));
  const folder = path.join(dataDir, 'postgres');
  const stopping = new AbortController();
  /** @type {Promise<Launch> | null} */
  let preparing = null;
  /** @type {ReturnType<typeof createSupervisor> | null} */
  let supervisor = null;

  return {
    /**
     * Makes the database if there is none, starts the server and resolves when it takes connections.
     * @returns {Promise<{ DATABASE_URL: string }>} the settings by which the app server finds it
     * @throws {SetupError} that says what to do
     */
    async start() {
      preparing = prepare(folder, claim, stopping.signal);
      const launch = await preparing;
      stopping.signal.throwIfAborted();
      if (launch.folder !== path.join(await realpath(dataDir), 'postgres')) {
        log(`      The database is in ${launch.folder}; ${folder} is a link to it.`);
      }
      supervisor = superviseServer(launch, { folder, childLog, claim, log });
      await supervisor.start().catch((error) => {
        throw isAboutFullDisk(childLog.tail()) ? new SetupError(diskIsFull(folder)) : error;
      });
      return { DATABASE_URL: launch.url };
    },
    async stop() {
      stopping.abort();
      await preparing?.catch(() => {});
      await supervisor?.stop();
    },
  };
}

/**
 * Runs the program that makes the folder ready. It runs on Node 24, because it shares its TypeScript with the server.
 * @param {string} folder
 * @param {Claim} claim
 * @param {AbortSignal} stopping ends it, and waits for what it clears up
 * @returns {Promise<Launch>}
 */
async function prepare(folder, claim, stopping) {
  const child = spawn(NODE_24, [PREPARE, folder], {
    cwd: ROOT,
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid !== undefined) claim.remember('preparation of PostgreSQL', child.pid, PREPARE);
  const end = () => child.kill('SIGTERM');
  stopping.addEventListener('abort', end);
  let printed = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  stopping.removeEventListener('abort', end);
  stopping.throwIfAborted();
  if (code !== 0) throw new SetupError(said.trim() || `${PREPARE} ended with code ${code}.`);
  return JSON.parse(printed);
}

/**
 * @param {Launch} launch
 * @param {{ folder: string, childLog: ReturnType<typeof openChildLog>, claim: Claim, log: (line: string) => void }} options
 */
function superviseServer(launch, { folder, childLog, claim, log }) {
  let pid = 0;
  let toldAt = -Infinity;
  const onLine = (/** @type {string} */ line) => {
    if (!isAboutFullDisk(line) || performance.now() - toldAt < DISK_NOTE_MS) return;
    toldAt = performance.now();
    log(`PostgreSQL: ${diskIsFull(folder)}`);
  };
  return createSupervisor({
    name: 'PostgreSQL',
    start() {
      const { command, args, cwd, env, uid, gid } = launch;
      const child = spawn(command, args, {
        cwd,
        env,
        ...(uid === undefined ? {} : { uid }),
        ...(gid === undefined ? {} : { gid }),
        stdio: ['ignore', 'pipe', 'pipe'],
        // Ctrl-C reaches only this process, which ends the app server before PostgreSQL.
        detached: true,
      });
      pid = child.pid ?? 0;
      childLog.attach(child, onLine, (line) => line);
      return child;
    },
    end: endServer,
    // A smart shutdown, which SIGTERM asks for, waits until everybody has left.
    lastResort: 'SIGINT',
    untilHealthy: (signal) => untilReady(launch, () => pid, signal),
    lastOutput: childLog.tail,
    log,
    onPid: (started) =>
      claim.remember('PostgreSQL server', started, `postgres -D ${launch.folder}`, ['SIGINT', 'SIGQUIT']),
  });
}

/** @param {string} text */
const isAboutFullDisk = (text) => /No space left on device|Disk quota exceeded|File too large/.test(text);

/** @param {string} folder */
const diskIsFull = (folder) =>
  `The disk of ${folder} is full. Free some space on it; what was confirmed is safe, and PostgreSQL goes on when there is room.`;

/**
 * Resolves once the server takes connections. It says itself when it is ready, and a socket that answers proves it.
 * @param {Launch} launch
 * @param {() => number} pidOf
 * @param {AbortSignal} signal
 */
async function untilReady({ folder, socketFolder }, pidOf, signal) {
  const deadline = Date.now() + START_MS;
  while (!((await saysReady(folder, pidOf())) && (await answers(path.join(socketFolder, SOCKET))))) {
    if (Date.now() > deadline) {
      throw new Error(`PostgreSQL was not ready within ${START_MS / 60_000} minutes; see postgres.log.`);
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

/**
 * @param {string} folder
 * @param {number} pid
 */
async function saysReady(folder, pid) {
  const lines = (await readFile(path.join(folder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

/**
 * @param {string} socketPath
 * @returns {Promise<boolean>}
 */
function answers(socketPath) {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/**
 * Ends the server by a fast shutdown; one that takes too long is left to the recovery of the next start.
 * @param {import('node:child_process').ChildProcess} child
 */
async function endServer(child) {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  const patience = new AbortController();
  const tooLong = delay(STOP_MS, 'too long', { signal: patience.signal }).catch(() => {});
  if ((await Promise.race([exited, tooLong])) === 'too long') child.kill('SIGQUIT');
  await exited;
  patience.abort();
}
