// data/run.json lists the processes that use a data directory now. Two servers on one database would ruin it, and a start that
// was killed leaves its LiveKit behind.
import { execFile } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SetupError } from '../setup/setup-error.mjs';

const run = promisify(execFile);

/**
 * @typedef {object} Running
 * @property {string} url
 * @property {Record<string, Child>} processes by name, in the order in which they were started first
 */

/**
 * @typedef {object} Child
 * @property {number} pid
 * @property {string} mark is part of the command line and distinguishes the process from a later one with the same id
 * @property {NodeJS.Signals[]} [signals] end it: the first one, and the second one when that takes too long
 */

/** @type {NodeJS.Signals[]} */
const USUAL_SIGNALS = ['SIGTERM', 'SIGKILL'];

const SUPERVISOR = 'start';

/** @param {string} dataDir */
const runFile = (dataDir) => path.join(dataDir, 'run.json');

/** @param {string} dataDir */
async function readRunFile(dataDir) {
  try {
    return /** @type {Running} */ (JSON.parse(await readFile(runFile(dataDir), 'utf8')));
  } catch {
    return null;
  }
}

/** @param {number} pid */
async function commandLineOf(pid) {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  } catch {
    const { stdout } = await run('ps', ['-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
    return stdout;
  }
}

/** @param {Child} child */
async function isRunning({ pid, mark }) {
  return (await commandLineOf(pid)).includes(mark);
}

/**
 * Claims a data directory, and ends the processes that a killed start left behind.
 * @param {string} dataDir
 * @param {{ url: string, log: (line: string) => void }} options
 * @throws {SetupError} when Hindsight already runs on it
 */
export async function claimDataDir(dataDir, { url, log }) {
  const earlier = await readRunFile(dataDir);
  const { [SUPERVISOR]: supervisor, ...children } = earlier?.processes ?? {};
  if (supervisor && supervisor.pid !== process.pid && (await isRunning(supervisor))) {
    throw new SetupError(
      `Hindsight runs on ${dataDir} already: ${earlier?.url} (process ${supervisor.pid}). Stop that one first, or set DATA_DIR.`,
    );
  }
  // The newest is ended first: the server still needs its database and LiveKit while it ends.
  for (const [name, child] of Object.entries(children).toReversed()) {
    if (!(await isRunning(child))) continue;
    log(`Ending the ${name} that an earlier start left behind (process ${child.pid}).`);
    await endProcess(child);
  }
  await mkdir(dataDir, { recursive: true });
  /** @type {Running} */
  const running = { url, processes: { [SUPERVISOR]: { pid: process.pid, mark: 'start.mjs' } } };
  const save = () => {
    // The file is renamed when complete, so that readers find the old state or the new one.
    writeFileSync(`${runFile(dataDir)}.new`, JSON.stringify(running, null, 2));
    renameSync(`${runFile(dataDir)}.new`, runFile(dataDir));
  };
  save();
  return {
    /**
     * @param {string} name
     * @param {number} pid
     * @param {string} mark
     * @param {NodeJS.Signals[]} [signals]
     */
    remember(name, pid, mark, signals = USUAL_SIGNALS) {
      running.processes[name] = { pid, mark, signals };
      try {
        save();
      } catch {
        // The disk is full, for example. Only a start after a death of this one would miss the new process.
      }
    },
    async release() {
      rmSync(runFile(dataDir), { force: true });
    },
  };
}

/** @param {Child} child */
async function endProcess(child) {
  const [politely, forcibly] = child.signals ?? USUAL_SIGNALS;
  for (let tries = 0; await isRunning(child); tries += 1) {
    try {
      process.kill(child.pid, tries < 20 ? politely : forcibly);
    } catch {
      return;
    }
    await delay(250);
  }
}
