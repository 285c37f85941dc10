import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';

export interface ProgramContext {
  binaries: Binaries;
  account: Account | null;
  /** Ends the program. */
  signal?: AbortSignal | undefined;
}

/** PostgreSQL's programs ask for the folder they are started in, which may be closed to the account. */
export const NEUTRAL_FOLDER = '/';

/** Messages come in English, whatever the machine speaks, because some are looked for. */
export function programEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' };
}

/** Makes an empty database, which is not forced to disk yet. */
export async function runInitdb(folder: string, role: string, context: ProgramContext): Promise<void> {
  await runProgram('initdb', context, [
    ...['--pgdata', folder, '--username', role, '--auth=trust', '--encoding=UTF8', '--locale=C'],
    ...['--data-checksums', '--no-sync', '--no-instructions'],
  ]);
}

/** Linux forces all files to disk in one call, as in settings.ts. */
const SYNC_OPTIONS = process.platform === 'linux' ? ['--sync-method=syncfs'] : [];

/** Forces a database that nobody has open to disk, every file of it. */
export async function syncDatabase(folder: string, context: ProgramContext): Promise<void> {
  await runProgram('initdb', context, ['--sync-only', ...SYNC_OPTIONS, '--pgdata', folder]);
}

/**
 * Runs SQL on a database that nobody serves, one statement a line. Nothing of the SQL gets into the error.
 * @param options `settings` are PostgreSQL's, as `name=value`
 */
export async function runSingleUser(
  folder: string,
  sql: string,
  { settings = [], ...context }: ProgramContext & { settings?: string[] },
): Promise<void> {
  const all = ['exit_on_error=on', 'log_min_error_statement=panic', 'log_checkpoints=off', ...settings];
  const options = all.flatMap((setting) => ['-c', setting]);
  await runProgram('postgres', context, ['--single', '-D', folder, ...options, 'template1'], sql);
}

/** @throws Error with what the program said last */
async function runProgram(
  name: string,
  { binaries, account, signal }: ProgramContext,
  args: string[],
  input = '',
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(join(binaries.native, 'bin', name), args, {
    ...account,
    cwd: NEUTRAL_FOLDER,
    env: programEnvironment(),
    stdio: ['pipe', 'ignore', 'pipe'],
    // Ctrl-C reaches only this process, which ends the program and clears up behind it.
    detached: true,
  });
  const stop = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', stop);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
  // A program that ends early doesn't read to the end.
  child.stdin.on('error', () => undefined).end(input);
  const how = await new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, by) => resolve(code === 0 ? null : `ended by ${by ?? `code ${code}`}`));
  });
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  if (how !== null) throw new Error(`${name} failed, ${how}: ${said.trim()}`);
}
