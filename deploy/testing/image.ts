import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { environmentOf, parseDockerfile, type Stage } from './dockerfile.ts';

const run = promisify(execFile);
export const ROOT = path.resolve(import.meta.dirname, '../..');
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** What a container does and this machine must not: its packages and its root directory. */
const OF_THE_SYSTEM = /^(apt-get|mkdir \/data|npm install --global)\b/;

export interface Image {
  /** Holds `app`, as the image does at /app. */
  directory: string;
  /** Node, where any user may run it. */
  node: string;
  /** Of the image, before what compose sets. */
  environment: Record<string, string>;
  final: Stage;
  remove(): Promise<void>;
}

/**
 * Carries out the Dockerfile's steps in a clean directory, with the pnpm that package.json names and Node as it runs here.
 * Steps that change a system are left out.
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
    // Moved: the other stage is of no use any more, and no part is copied twice.
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

/** What `COPY . .` sees: everything that .dockerignore, as far as ours uses its language, leaves in. */
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

/** `pnpm` is the one that package.json names: `npx` stands in for the global install. */
async function shell(command: string, cwd: string, environment: Record<string, string>): Promise<void> {
  const { packageManager } = JSON.parse(await readFile(path.join(cwd, 'package.json'), 'utf8')) as {
    packageManager: string;
  };
  // What this checkout has built from the very same sources isn't built again.
  const TURBO_CACHE_DIR = path.join(ROOT, '.turbo', 'cache');
  const script = `pnpm() { npx --yes ${packageManager} "$@"; }\n${command}`;
  // This machine's package store instead of the network, if it has one.
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

/** Who a container's process would be; undefined when only root could become it. */
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
