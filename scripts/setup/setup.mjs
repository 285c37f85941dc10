// This module does what `npm start` and `npm test` both need first. Nothing is installed yet, so it uses Node's own modules
// only.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { mustRun } from './command.mjs';
import { forgetInstall, installFingerprint, isInstalled, rememberInstall } from './install-stamp.mjs';

export const ROOT = path.resolve(import.meta.dirname, '../..');
/** This path is Node 24, whatever Node runs these scripts: the server's TypeScript runs on it without a build. */
export const NODE_24 = path.join(ROOT, 'node_modules', 'node', 'bin', 'node');
/** Node keeps compiled code here, so that a server that restarts after a crash starts with a sixth less work. */
export const COMPILE_CACHE = path.join(ROOT, 'node_modules', '.cache', 'node');

/**
 * Returns the environment with the settings of .env added. Variables that are already set win, even empty ones, which count as
 * not set.
 * @param {NodeJS.ProcessEnv} outside
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function readEnvironment(outside = process.env) {
  const text = await readFile(path.join(ROOT, '.env'), 'utf8').catch(() => '');
  return { ...parseEnv(text), ...outside };
}

/**
 * Returns the environment for every tool of the project: Node 24 and the installed programs come first on PATH.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function toolEnvironment(env = process.env) {
  return {
    ...env,
    PATH: `${path.join(ROOT, 'node_modules', '.bin')}${path.delimiter}${env.PATH ?? ''}`,
    TURBO_TELEMETRY_DISABLED: '1',
    // `prisma generate` would fetch an engine that generating does not use.
    PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
  };
}

/**
 * Returns the command line of the pnpm that package.json pins, run by npx, so that neither pnpm nor corepack has to be
 * installed. Inside it, pnpm is on PATH, which Turborepo needs.
 * @param {string[]} args
 */
export async function pnpm(args) {
  const manifest = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
  return { command: 'npx', args: ['--yes', String(manifest.packageManager), ...args] };
}

/**
 * @param {string[]} pnpmArgs
 * @param {{ doing: string, remedy?: string, env?: NodeJS.ProcessEnv }} options
 */
async function mustRunPnpm(pnpmArgs, options) {
  const { command, args } = await pnpm(pnpmArgs);
  await mustRun(command, args, { cwd: ROOT, ...options });
}

/**
 * Installs what the lockfile names, unless the last install was exactly the same.
 * @returns {Promise<'installed' | 'up to date'>}
 */
export async function installPackages() {
  const fingerprint = await installFingerprint(ROOT);
  if (await isInstalled(ROOT, fingerprint)) return 'up to date';
  await forgetInstall(ROOT);
  await mustRunPnpm(['install', '--frozen-lockfile'], {
    doing: 'Installing the packages',
    remedy: 'Is the npm registry reachable from here? Then run the same command once more.',
  });
  await rememberInstall(ROOT, fingerprint);
  return 'installed';
}

/** Generates the database client. Turborepo skips this when nothing it reads has changed. */
export async function generateClient() {
  await mustRunPnpm(['exec', 'turbo', 'run', 'generate'], {
    doing: 'Generating the database client',
    env: toolEnvironment(),
  });
}

/** Generates the database client and builds the web app. Turborepo skips what has not changed. */
export async function buildApp() {
  await mustRunPnpm(['exec', 'turbo', 'run', 'generate', 'build'], {
    doing: 'Building the app',
    env: toolEnvironment(),
  });
}
