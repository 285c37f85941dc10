import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../testing.ts';
import { openConfiguredDatabase } from './configured-database.ts';

it('is on our own server when no address is given, and when that is the given address', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hindsight-configured-'));
  const ownFolder = join(dataDir, 'postgres');
  const { database, isOwn } = await openConfiguredDatabase({ url: null, ownFolder });
  expect(isOwn).toBe(true);
  expect(await database.client.user.count()).toBe(0);

  const again = await openConfiguredDatabase({ url: database.url, ownFolder });
  expect(again.isOwn).toBe(true);
  await expect(openConfiguredDatabase({ url: null, ownFolder }, { mayAttach: false })).rejects.toMatchObject({
    code: 'FOLDER_IN_USE',
  });
  await again.database.close();
  await database.close();
  await rm(dataDir, { recursive: true });
});

it('is not on our own server when the address is that of another one', async () => {
  const { url, drop } = await createTestDatabase();
  const { database, isOwn } = await openConfiguredDatabase({ url, ownFolder: '/nowhere/postgres' });
  expect(isOwn).toBe(false);
  await database.close();
  await drop();
});

it('is not opened empty beside the one of a former release', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hindsight-configured-'));
  await mkdir(join(dataDir, 'db'));
  await writeFile(join(dataDir, 'db/PG_VERSION'), '18\n');
  await expect(
    openConfiguredDatabase({ url: null, ownFolder: join(dataDir, 'postgres') }),
  ).rejects.toMatchObject({
    code: 'NOT_MOVED',
    remedy: expect.stringContaining(`main.ts ${join(dataDir, 'db')}`),
  });
  expect(await readdir(dataDir)).toEqual(['db']);
  await rm(dataDir, { recursive: true });
});
