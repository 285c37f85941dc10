import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { environmentOf, parseDockerfile, type Stage } from './dockerfile.ts';

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../..');
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** These steps would change this machine's packages and root directory, so they run only in a container. */
const OF_THE_SYSTEM = /^(apt-get|mkdir \/data|npm install --global)\b/;

export interface Image {
  /** The directory contains `app`, which is /app in the image. */
  directory: string;
  /** This copy of Node can be run by any user. */
  node: string;
  /** The environment is the image's, without what compose sets. */
  environment: Record<string, string>;
  final: Stage;
  remove(): Promise<void>;
}

/**
 * Runs the Dockerfile's steps in a clean directory, with the pnpm that package.json names and the Node that runs here. Steps
 * that would change the system are left out.
 */
export async function buildImage(): Promise<Image> {
  const [build, final] = parseDockerfile(await readFile(path.join(ROOT, 'Dockerfile'), 'utf8'));
  if (build === undefined || final === undefined) throw new Error('the Dockerfile has two stages');
  // Root's own temporary folder may be closed to the image's user.
  const directory = await mkdtemp(
    path.join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), 'hindsight-image-'),
  );
  await chmod(directory, 0o755);
  const buildDir = path.join(directory, 'build');
  const app = path.join(directory, 'app');
  await mkdir(app);
  await copyContext(buildDir);

  for (const { name, text } of build.instructions) {
    if (name !== 'RUN') continue;
    if (!OF_THE_SYSTEM.test(text)) await shell(text, buildDir, environmentOf(build));
  }
  for (const { name, text } of final.instructions) {
    if (name === 'RUN' && !OF_THE_SYSTEM.test(text)) throw new Error(`RUN ${text} is not understood`);
    if (name !== 'COPY') continue;
    const [, from, to] = /^--from=build \/app\/(\S+) \.\/(\S+)$/.exec(text) ?? [];
    if (from === undefined || to === undefined) throw new Error(`COPY ${text} is not understood`);
    await mkdir(path.dirname(path.join(app, to)), { recursive: true });
    // The folder is moved, because the other stage is not needed any more and nothing is copied twice.
    await rename(path.join(buildDir, from), path.join(app, to));
  }
  await rm(buildDir, { recursive: true });
  const node = path.join(directory, 'node');
  await cp(process.execPath, node);
  await chmod(node, 0o755);
  return {
    directory,
    node,
    environment: environmentOf(final),
    final,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Copies what `COPY . .` would: everything that .dockerignore leaves in, as far as ours uses its language. */
async function copyContext(target: string): Promise<void> {
  const text = await readFile(path.join(ROOT, '.dockerignore'), 'utf8');
  const patterns = text.split('\n').filter((line) => line !== '');
  const isIgnored = (file: string) =>
    patterns.some((pattern) =>
      pattern.startsWith('**/')
        ? path.basename(file) === pattern.slice('**/'.length)
        : path.relative(ROOT, file) === pattern,
    );
  await cp(ROOT, target, { recursive: true, filter: (file) => !isIgnored(file), verbatimSymlinks: true });
}

/** Runs a command with `pnpm` as package.json names it: `npx` replaces the global install. */
async function shell(command: string, cwd: string, environment: Record<string, string>): Promise<void> {
  const { packageManager } = JSON.parse(await readFile(path.join(cwd, 'package.json'), 'utf8')) as {
    packageManager: string;
  };
  // What this checkout has already built from the same sources is not built again.
  const TURBO_CACHE_DIR = path.join(ROOT, '.turbo', 'cache');
  const script = `pnpm() { npx --yes ${packageManager} "$@"; }\n${command}`;
  // This machine's package store is used instead of the network, if there is one.
  const { PATH, HOME, ...others } = process.env;
  const registry = Object.fromEntries(
    Object.entries(others).filter(([name]) =>
      /^(npm_config_|https?_proxy$|no_proxy$|NODE_EXTRA)/i.test(name),
    ),
  );
  await run('bash', ['-e', '-c', script], {
    cwd,
    env: { PATH, HOME, TURBO_CACHE_DIR, ...registry, ...environment },
    maxBuffer: OUTPUT_BYTES,
  });
}

/** Returns the user of the container's process, or undefined when only root could switch to it. */
export async function imageUser(
  { final }: Image,
  ownDirectory: string,
): Promise<{ uid: number; gid: number } | undefined> {
  const user = final.instructions.findLast(({ name }) => name === 'USER')?.text ?? '';
  const [uid = 0, gid = 0] = user.split(':').map(Number);
  if (process.getuid?.() !== 0) return undefined;
  await chown(ownDirectory, uid, gid);
  return { uid, gid };
}
