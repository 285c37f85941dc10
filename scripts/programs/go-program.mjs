// This module builds programs from source with Go, once on each machine. It uses Node's own modules only.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { SetupError } from '../setup/setup-error.mjs';
import { isAtLeast, parseVersion } from './version.mjs';

const run = promisify(execFile);

/** From 1.21 on, Go itself fetches the newer toolchain that a program asks for. */
export const MIN_GO = [1, 21];

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

export async function hasGo() {
  return isAtLeast(await versionOf('go', ['version']), MIN_GO);
}

/**
 * Builds a program at a version that Go's checksum database vouches for.
 * @param {object} options
 * @param {string} options.title for people
 * @param {string} options.goPackage with `@v…`
 * @param {string} options.target the path of the binary
 * @param {string} options.remedy other ways to get the program
 * @throws {SetupError} with Go's own error output
 */
export async function buildWithGo({ title, goPackage, target, remedy }) {
  const folder = path.dirname(target);
  await mkdir(folder, { recursive: true });
  const workFolder = await mkdtemp(path.join(folder, 'build-'));
  try {
    await run('go', ['install', goPackage], {
      env: { ...process.env, GOBIN: workFolder, CGO_ENABLED: '0', GOFLAGS: '' },
      maxBuffer: 64 * 1024 * 1024,
    });
    const built = path.basename(goPackage.replace(/@.*$/, ''));
    // The binary is renamed when complete, so a build that is interrupted or runs at the same time never leaves half a binary.
    await rename(path.join(workFolder, built), target);
  } catch (error) {
    throw new SetupError(`Building ${title} failed:\n${outputOf(error)}\n\n${remedy}`, { cause: error });
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
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
function outputOf(error) {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return stderr || String(error);
}
