// This module finds out whether `pnpm install` would change anything, far quicker than by running it.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const WORKSPACE_FOLDERS = ['apps', 'packages'];
const WORKSPACE_PACKAGES = ['.', 'e2e', 'bench', 'deploy'];

/**
 * Returns a hash of everything that decides what an install puts on disk: the lockfile, each manifest, and the platform.
 * @param {string} root
 */
export async function installFingerprint(root) {
  const nested = await Promise.all(
    WORKSPACE_FOLDERS.map(async (folder) =>
      (await readdir(path.join(root, folder))).map((name) => path.join(folder, name)),
    ),
  );
  const manifests = [...WORKSPACE_PACKAGES, ...nested.flat()].map((folder) =>
    path.join(folder, 'package.json'),
  );
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests.toSorted()]) {
    hash.update(`\0${file}\0`).update(await readIfThere(path.join(root, file)));
  }
  return hash.digest('hex');
}

/** @param {string} file */
async function readIfThere(file) {
  try {
    return await readFile(file);
  } catch {
    return '';
  }
}

/** @param {string} root */
function stampFile(root) {
  return path.join(root, 'node_modules', '.hindsight', 'installed');
}

/**
 * @param {string} root
 * @param {string} fingerprint
 */
export async function isInstalled(root, fingerprint) {
  return (await readIfThere(stampFile(root))).toString() === fingerprint;
}

/**
 * @param {string} root
 * @param {string} fingerprint
 */
export async function rememberInstall(root, fingerprint) {
  await mkdir(path.dirname(stampFile(root)), { recursive: true });
  await writeFile(stampFile(root), fingerprint);
}

/**
 * Forgets the last install. It is called before an install, so that an interrupted one counts as not done.
 * @param {string} root
 */
export async function forgetInstall(root) {
  await rm(stampFile(root), { force: true });
}
