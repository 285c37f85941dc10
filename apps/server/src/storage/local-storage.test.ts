import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loneServer } from '../cluster/testing/lone-server.ts';
import { createLocalStorage } from './local-storage.ts';
import { describeStorageContract } from './storage.contract.ts';
import { StorageSetupError } from './storage.port.ts';

describeStorageContract('local', {
  create: (root) => createLocalStorage({ root, servers: loneServer() }),
  async putForeign(root, name, content) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  },
});

describe('local storage that can not be used', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'hindsight-storage-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('is refused at the start with the folder and the remedy', async () => {
    await writeFile(join(root, 'file'), 'not a folder');
    const opened = createLocalStorage({ root: join(root, 'file', 'clips'), servers: loneServer() }).open();
    await expect(opened).rejects.toThrow(StorageSetupError);
    await expect(opened).rejects.toThrow(/clips.*ENOTDIR[\s\S]*set REPLAY_STORAGE_PATH/);
  });

  it('leaves no probe file behind', async () => {
    await createLocalStorage({ root, servers: loneServer() }).open();
    expect(await readdir(join(root, 'replays'))).toEqual([]);
  });
});
