import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createWorkFolder } from './work-folder.ts';

let root: string;
/** These servers are alive. */
let live: string[];
const create = (id: string) => createWorkFolder({ root, servers: { id, liveIds: async () => live } });

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hindsight-work-'));
});
afterEach(() => rm(root, { recursive: true }));

it('leaves alone what another server is writing, until that server is gone', async () => {
  live = ['one', 'two'];
  const [one, two] = [create('one'), create('two')];
  await one.open();
  await writeFile(join(await one.makeTempDir(), 'half'), 'x');
  await two.open();
  expect(await readdir(join(root, 'tmp', 'one'))).toHaveLength(1);
  live = ['two'];
  await two.freeAbandoned();
  expect(await readdir(join(root, 'tmp'))).toEqual(['two']);
  // A process that was taken for dead by mistake finds its directory gone.
  await expect(one.makeTempDir()).rejects.toMatchObject({ code: 'ENOENT' });
});
