import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, cp, mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { unprivilegedAccount } from './account.ts';
import { binariesFor, findBinaries } from './binaries.ts';
import { OWN_PLACE } from './own-place.ts';

const run = promisify(execFile);

it("runs PostgreSQL's programs as an account that may not enter root's own folders", async () => {
  const account = await unprivilegedAccount();
  const installed = await findBinaries();
  const closed = await mkdtemp(join(tmpdir(), 'hindsight-closed-'));
  const version = `test-${randomUUID().slice(0, 8)}`;
  try {
    await chmod(closed, 0o700);
    await cp(installed.native, join(closed, 'native'), { recursive: true, verbatimSymlinks: true });
    const find = () => binariesFor(account, { ...installed, native: join(closed, 'native'), version });
    const { native } = await find();
    const program = join(native, 'bin', 'postgres');
    const runIt = () => run(program, ['--version'], { ...account, cwd: '/' });
    expect((await runIt()).stdout).toContain(`(PostgreSQL) ${installed.major}.`);

    // A power cut may leave an empty file, which the next start repairs.
    if (account !== null) await truncate(program, 0);
    expect(await find()).toMatchObject({ native });
    expect((await runIt()).stdout).toContain(`(PostgreSQL) ${installed.major}.`);
  } finally {
    const place = await readdir(OWN_PLACE).catch(() => []);
    const copies = place.filter((name) => name.includes(version));
    for (const path of [closed, ...copies.map((name) => join(OWN_PLACE, name))])
      await rm(path, { recursive: true });
  }
});
