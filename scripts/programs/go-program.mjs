// This module builds programs from source with Go, once on each machine. It uses Node's own modules only.
import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { homedir, totalmem } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { runCommand } from '../setup/command.mjs';
import { SetupError } from '../setup/setup-error.mjs';
import { canFetchGo, fetchGo, inWorkFolder } from './go-toolchain.mjs';
import { isAtLeast, parseVersion } from './version.mjs';

const run = promisify(execFile);

/** From 1.21 on, Go itself fetches the newer toolchain that a program asks for. */
export const MIN_GO = [1, 21];

/** Nobody debugs these programs. Without it, compiling takes a sixth less, and a panic still tells where it happened. */
const WITHOUT_DEBUG_INFORMATION = ['-gcflags=all=-dwarf=false', '-ldflags=-s -w'];

/** With this much memory, Go's compiler may use more before it collects garbage: compiling then takes an eighth less CPU. */
const MUCH_MEMORY_BYTES = 4 * 1024 ** 3;
const SELDOM_COLLECTING = { GOGC: '400' };

/** @typedef {{ env: NodeJS.ProcessEnv, platform: NodeJS.Platform, home: string }} Surroundings */

/**
 * Returns where a built program is kept: outside the clone, so that every clone on a machine shares one build.
 * @param {string} name
 * @param {string} version
 * @param {Surroundings} [surroundings]
 */
export function cachePath(name, version, { env, platform, home } = here()) {
  const caches =
    platform === 'darwin'
      ? path.join(home, 'Library', 'Caches')
      : env.XDG_CACHE_HOME || path.join(home, '.cache');
  return path.join(caches, 'hindsight', `${name}-v${version}`, name);
}

function here() {
  return { env: process.env, platform: process.platform, home: homedir() };
}

async function hasGo() {
  return isAtLeast(await versionOf('go', ['version']), MIN_GO);
}

/**
 * Builds a program at a version that Go's checksum database vouches for: with the Go that is installed, else with one that is
 * fetched for this and removed afterwards.
 * @param {object} options
 * @param {string} options.title for people
 * @param {string} options.goPackage with `@v…`
 * @param {string} options.target the path of the binary
 * @param {string} options.remedy other ways to get the program
 * @param {(line: string) => void} options.log is told what takes long
 * @throws {SetupError} with Go's own error output
 */
export async function buildWithGo({ title, goPackage, target, remedy, log }) {
  const isInstalled = await hasGo();
  if (!isInstalled && !canFetchGo()) throw new SetupError(remedy);
  await inWorkFolder(path.dirname(target), async (folder) => {
    try {
      const { go, env } = isInstalled
        ? { go: 'go', env: { ...process.env, GOFLAGS: '' } }
        : await fetchGo(folder, { log });
      log(`Building ${title} with Go: about two minutes, once on this machine.`);
      const { code, output } = await runCommand(go, ['install', ...WITHOUT_DEBUG_INFORMATION, goPackage], {
        env: {
          ...(totalmem() < MUCH_MEMORY_BYTES ? {} : SELDOM_COLLECTING),
          ...env,
          GOBIN: folder,
          CGO_ENABLED: '0',
        },
        isQuiet: true,
      });
      if (code !== 0) throw new SetupError(output.trim());
      const built = path.basename(goPackage.replace(/@.*$/, ''));
      // The binary is renamed when complete, so a build that is interrupted or runs at the same time never leaves half a binary.
      await rename(path.join(folder, built), target);
    } catch (error) {
      throw new SetupError(`Building ${title} failed:\n${messageOf(error)}\n\n${remedy}`, { cause: error });
    }
  });
}

/**
 * @param {string} command
 * @param {string[]} args
 */
export async function versionOf(command, args) {
  try {
    const { stdout } = await run(command, args);
    return parseVersion(stdout);
  } catch {
    return null;
  }
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
