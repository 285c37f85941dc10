import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

  it('gives the same secret to simultaneous calls, and leaves no other file behind', async () => {
    const path = join(directory, 'jwt-secret');
    const secrets = await Promise.all(Array.from({ length: 10 }, () => readOrCreateSecret(path)));
    expect(new Set(secrets).size).toBe(1);
    expect(await readdir(directory)).toEqual(['jwt-secret']);
  });
});
