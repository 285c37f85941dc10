import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetInstall, installFingerprint, isInstalled, rememberInstall } from './install-stamp.mjs';

const workspace = readFileSync(path.resolve(import.meta.dirname, '../../pnpm-workspace.yaml'), 'utf8');
/** The folders of packages as pnpm-workspace.yaml lists them, such as `apps/*` and `e2e`. */
const folders = [...(/^packages:\n((?: +- .+\n)+)/m.exec(workspace)?.[1] ?? '').matchAll(/- (.+)/g)].map(
  ([, folder = '']) => folder,
);

/** @type {string} */
let root;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'hindsight-install-'));
  await mkdir(path.join(root, 'apps', 'server'), { recursive: true });
  await mkdir(path.join(root, 'packages'));
  await writeFile(path.join(root, 'pnpm-lock.yaml'), 'lock');
  await writeFile(path.join(root, 'apps', 'server', 'package.json'), '{}');
});
afterEach(() => rm(root, { recursive: true }));

describe('the install stamp', () => {
  it('is valid until the lockfile or a manifest changes', async () => {
    const fingerprint = await installFingerprint(root);
    expect(await isInstalled(root, fingerprint)).toBe(false);
    await rememberInstall(root, fingerprint);
    expect(await isInstalled(root, await installFingerprint(root))).toBe(true);

    await writeFile(path.join(root, 'apps', 'server', 'package.json'), '{"dependencies":{}}');
    expect(await isInstalled(root, await installFingerprint(root))).toBe(false);
  });

  it('knows the folders of the workspace', () => {
    expect(folders).toEqual(expect.arrayContaining(['apps/*', 'e2e']));
  });

  it.each(['.', ...folders])('changes with a manifest in %s', async (folder) => {
    const before = await installFingerprint(root);
    const manifest = path.join(root, folder.replace('*', 'another'), 'package.json');
    await mkdir(path.dirname(manifest), { recursive: true });
    await writeFile(manifest, '{}');
    expect(await installFingerprint(root)).not.toBe(before);
  });

  it('is invalid after an interrupted install', async () => {
    const fingerprint = await installFingerprint(root);
    await rememberInstall(root, fingerprint);
    await forgetInstall(root);
    expect(await isInstalled(root, fingerprint)).toBe(false);
  });
});
