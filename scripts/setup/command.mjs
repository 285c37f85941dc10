import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { SetupError } from './setup-error.mjs';

/**
 * Runs a command and resolves with its exit code, and with what it printed unless that went to the terminal.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, isQuiet?: boolean }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function runCommand(command, args, { cwd, env, isQuiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const output = isQuiet ? 'pipe' : 'inherit';
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', output, output] });
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
