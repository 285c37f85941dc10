import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { SetupError } from './setup-error.mjs';

/** Commands that run quietly now. @type {Set<import('node:child_process').ChildProcess>} */
const quiet = new Set();

/**
 * Ends all quiet commands, with everything that they have started. It also happens when this process ends, in whatever way it
 * can notice.
 */
export function endQuietCommands() {
  for (const { pid } of quiet) {
    try {
      // Each leads a process group of its own.
      if (pid !== undefined) process.kill(-pid, 'SIGTERM');
    } catch {
      // It has just ended.
    }
  }
}

const ENDING = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });
const SIGNALS = /** @type {(keyof typeof ENDING)[]} */ (Object.keys(ENDING));

/**
 * A signal that nobody handles would end this process without a word to the command, which Ctrl-C does not reach.
 * @param {NodeJS.Signals} signal
 */
function exitAt(signal) {
  if (process.listenerCount(signal) === 1) process.exit(ENDING[/** @type {keyof typeof ENDING} */ (signal)]);
}

/** @param {import('node:child_process').ChildProcess} child */
function endWithUs(child) {
  if (quiet.size === 0) {
    // The commands end first, and then what they wrote is removed.
    process.prependListener('exit', endQuietCommands);
    for (const signal of SIGNALS) process.on(signal, exitAt);
  }
  quiet.add(child);
  child.once('close', () => {
    quiet.delete(child);
    if (quiet.size > 0) return;
    process.off('exit', endQuietCommands);
    for (const signal of SIGNALS) process.off(signal, exitAt);
  });
}

/**
 * Runs a command and resolves with its exit code, and with what it printed unless that went to the terminal. One that runs
 * quietly ends when this process does.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, isQuiet?: boolean }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function runCommand(command, args, { cwd, env, isQuiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const output = isQuiet ? 'pipe' : 'inherit';
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', output, output], detached: isQuiet });
    if (isQuiet) endWithUs(child);
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => (printed += text));
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output: printed }));
  });
}

/**
 * Runs a command quietly; what it printed is shown only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, doing: string, remedy?: string }} options
 * @throws {SetupError} with everything that the command printed, and the remedy
 */
export async function mustRun(command, args, { cwd, env, doing, remedy }) {
  const { code, output } = await runCommand(command, args, {
    cwd,
    env: { ...(env ?? process.env), NO_COLOR: '1' },
    isQuiet: true,
  }).catch((error) => ({ code: 1, output: String(error) }));
  if (code === 0) return;
  throw new SetupError(
    [`${doing} failed (${[command, ...args].join(' ')}):`, output.trim(), remedy].filter(Boolean).join('\n'),
  );
}

/**
 * Returns the path of a program on PATH, or null.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function findOnPath(name, env = process.env) {
  for (const folder of (env.PATH ?? '').split(path.delimiter).filter(Boolean)) {
    const file = path.join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return null;
}

/** @param {string} file */
export async function isExecutable(file) {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
