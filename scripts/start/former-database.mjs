// This module moves the database that former releases embedded into the server (PGlite, in a folder) to our PostgreSQL, once.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { COMPILE_CACHE, NODE_24, ROOT } from '../setup/setup.mjs';
import { SetupError } from '../setup/setup-error.mjs';

/** @typedef {Awaited<ReturnType<typeof import('./run-file.mjs').claimDataDir>>} Claim */

const MOVE = path.join('packages', 'db', 'src', 'move-embedded', 'main.ts');

/**
 * Returns the folder that former releases would have used by a setting of theirs, or null when there is no such setting.
 * @param {string | undefined} databaseUrl
 */
export function folderOfSetting(databaseUrl) {
  const folder = /^pglite:\/\/(?!memory$)(.+)/.exec(databaseUrl ?? '')?.[1];
  return folder === undefined ? null : path.resolve(ROOT, folder);
}

/**
 * Returns whether a folder holds a database that waits to be moved, or what an interrupted move left.
 * @param {string} folder
 */
export function needsMove(folder) {
  return existsSync(path.join(folder, 'PG_VERSION')) || existsSync(`${folder}.moving`);
}

/**
 * Returns the move of a database, which is not started yet.
 * @param {{ folder: string, claim: Claim }} options
 */
export function createMove({ folder, claim }) {
  /** @type {import('node:child_process').ChildProcess | null} */
  let child = null;
  /** @type {Promise<number>} */
  let ended = Promise.resolve(0);
  let isStopping = false;

  return {
    /**
     * @param {{ DATABASE_URL: string }} settings of our PostgreSQL
     * @param {(line: string) => void} say
     * @throws {SetupError} that says what to do; the folder is as it was then
     */
    async run(settings, say) {
      if (isStopping) return;
      const program = spawn(NODE_24, [MOVE, folder], {
        cwd: ROOT,
        env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, ...settings },
        stdio: ['ignore', 'pipe', 'pipe'],
        // Ctrl-C reaches only this process, which ends the move before PostgreSQL.
        detached: true,
      });
      child = program;
      if (program.pid !== undefined) claim.remember('move of the database', program.pid, MOVE);
      let errors = '';
      createInterface({ input: program.stdout }).on('line', say);
      program.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
      ended = new Promise((resolve, reject) => {
        program.once('error', reject);
        program.once('close', (code) => resolve(code ?? 1));
      });
      if ((await ended) !== 0 && !isStopping) throw new SetupError(errors.trim());
    },
    /** Ends the move. The next start begins it anew. */
    async stop() {
      isStopping = true;
      child?.kill('SIGTERM');
      await ended.catch(() => {});
    },
  };
}
