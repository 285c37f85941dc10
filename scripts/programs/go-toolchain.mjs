// This module gets Go for one build on a machine that has none. Go's toolchains are modules themselves, by which `go` updates
// itself (https://go.dev/ref/mod#toolchain), so they come from where all other modules come from.
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, mkdir, readdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { SetupError } from '../setup/setup-error.mjs';
import { fetchFromGoProxy, GoProxyError } from './go-proxy.mjs';
import { ModuleZipError, unpackModule } from './module-zip.mjs';

const GO_VERSION = '1.26.8';

/** These sums are from Go's checksum database, by platform and architecture as Node names them. */
const SUMS = new Map([
  ['linux x64', { name: 'linux-amd64', sum: 'h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=' }],
  ['linux arm64', { name: 'linux-arm64', sum: 'h1:sYL/O6MqS68ML0kjsQ36WoYIpJqkw60TxizWUYUKQMc=' }],
  ['darwin x64', { name: 'darwin-amd64', sum: 'h1:7/9KPPN8PckcA9s91hm2jmQMhzW4KyTJXHIs45L0C9M=' }],
  ['darwin arm64', { name: 'darwin-arm64', sum: 'h1:dFjGhY6f8DTsY8/rLchUTDRRfjJP4pCrGCwxvHFT2Fg=' }],
]);

/** The toolchain, the modules of livekit-server, what is compiled of them and the program. */
const NEEDED_BYTES = 2 * 1024 ** 3;

/** A folder that is used for one build, and that a later build removes when the process that made it was killed. */
const WORK_FOLDER = /^build-(\d+)-/;

/**
 * Returns whether a Go can be fetched for this machine.
 * @param {string} [platform]
 * @param {string} [arch]
 */
export function canFetchGo(platform = process.platform, arch = process.arch) {
  return SUMS.has(`${platform} ${arch}`);
}

/**
 * Lets `work` use a folder which is removed afterwards, also when this process ends before.
 * @template T
 * @param {string} parent is made when it is missing
 * @param {(folder: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function inWorkFolder(parent, work) {
  await mkdir(parent, { recursive: true });
  await removeRemains(parent);
  const folder = await mkdtemp(path.join(parent, `build-${process.pid}-`));
  // What writes there has been ended by then, but its last file may appear while the folder is emptied.
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  process.on('exit', remove);
  try {
    return await work(folder);
  } finally {
    process.off('exit', remove);
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** @param {string} parent */
async function removeRemains(parent) {
  for (const name of await readdir(parent)) {
    const pid = Number(WORK_FOLDER.exec(name)?.[1]);
    if (Number.isInteger(pid) && !isRunning(pid))
      await rm(path.join(parent, name), { recursive: true, force: true });
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Fetches Go into a folder.
 * @param {string} folder
 * @param {{ log?: (line: string) => void }} [options]
 * @returns {Promise<{ go: string, env: NodeJS.ProcessEnv }>} the path of `go`, and an environment in which everything that it
 *   makes stays in the folder
 * @throws {SetupError}
 */
export async function fetchGo(folder, { log = () => {} } = {}) {
  const known = SUMS.get(`${process.platform} ${process.arch}`);
  if (!known) throw new SetupError(`There is no Go to fetch for ${process.platform} on ${process.arch}.`);
  await requireSpace(folder);
  const version = `v0.0.1-go${GO_VERSION}.${known.name}`;
  const root = path.join(folder, 'go');
  log(`There is no Go here: fetching Go ${GO_VERSION} for this build only (70 MB).`);
  try {
    const zip = await fetchFromGoProxy(`golang.org/toolchain/@v/${version}.zip`);
    const module = `golang.org/toolchain@${version}`;
    await unpackModule(zip, { module, folder: root, sum: known.sum, isNeeded });
  } catch (error) {
    throw explain(error);
  }
  // Module zips hold no permissions; `go` sets these itself when it fetches a toolchain.
  for (const programs of ['bin', path.join('pkg', 'tool', known.name.replace('-', '_'))]) {
    for (const name of await readdir(path.join(root, programs)))
      await chmod(path.join(root, programs, name), 0o755);
  }
  return {
    go: path.join(root, 'bin', 'go'),
    env: {
      ...process.env,
      GOROOT: root,
      GOTOOLCHAIN: 'local',
      GOPATH: path.join(folder, 'path'),
      GOMODCACHE: path.join(folder, 'modules'),
      GOCACHE: path.join(folder, 'compiled'),
      GOENV: 'off',
      // Modules are read-only by default, so that their folders could not be removed.
      GOFLAGS: '-modcacherw',
    },
  };
}

/**
 * Programs are built without Go's own tests and without the sources of its tools, which are half of all files.
 * @param {string} name
 */
function isNeeded(name) {
  return !/^(src\/cmd|api|doc|misc|test)\/|_test\.go$|\/testdata\//.test(name);
}

/** @param {string} folder */
async function requireSpace(folder) {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= NEEDED_BYTES) return;
  const free = (bavail * bsize) / 1024 ** 3;
  throw new SetupError(
    `Building needs ${NEEDED_BYTES / 1024 ** 3} GiB of disk for a while; ${path.dirname(folder)} has ${free.toFixed(1)} GiB. Make room, or set XDG_CACHE_HOME to a folder on another disk.`,
  );
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof GoProxyError)
    return new SetupError(`Go could not be fetched:\n${error.message}`, { cause: error });
  if (error instanceof ModuleZipError)
    return new SetupError(
      `What was fetched as Go ${GO_VERSION} is not used, because ${error.message}. Another start fetches it again.`,
      { cause: error },
    );
  return error;
}
