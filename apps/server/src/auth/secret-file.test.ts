import { mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noLinks } from '../storage/testing/no-links.ts';
import { readOrCreateSecret } from './secret-file.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-secret-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('readOrCreateSecret', () => {
  it('creates one long secret that only its owner can read', async () => {
    const path = join(directory, 'data', 'jwt-secret');
    const secret = await readOrCreateSecret(path);
    expect(secret.length).toBeGreaterThanOrEqual(64);
    expect(await readOrCreateSecret(path)).toBe(secret);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['with hard links', undefined],
    ['without', noLinks('EPERM')],
  ])(
    'gives the same secret to simultaneous calls, and leaves no other file behind (%s)',
    async (_on, makeLink) => {
      const path = join(directory, 'jwt-secret');
      const secrets = await Promise.all(Array.from({ length: 10 }, () => readOrCreateSecret(path, makeLink)));
      expect(new Set(secrets).size).toBe(1);
      expect(await readdir(directory)).toEqual(['jwt-secret']);
    },
  );

  it('outlives a process that was killed while it created the secret without hard links', async () => {
    const path = join(directory, 'jwt-secret');
    await mkdir(`${path}.claim`);
    await utimes(`${path}.claim`, 0, Date.now() / 1000 - 6);
    expect((await readOrCreateSecret(path, noLinks('EIO'))).length).toBeGreaterThanOrEqual(64);
    expect(await readdir(directory)).toEqual(['jwt-secret']);
  });
});
