import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDeletions } from './deletions.ts';
import { createLocalStorage, type LocalStorage } from './local-storage.ts';
import { clipVideoKey } from './storage-key.ts';

const USER = '01a1fdab-921c-76fd-8ef9-1fd7870b959a';
const keyOf = (digit: number) =>
  clipVideoKey({ userId: USER, id: `01a1fdab-e377-741a-ab65-cb8885418${String(digit).padStart(3, '0')}` });
const KEY = keyOf(0);

describe('local storage', () => {
  let root: string;
  let storage: LocalStorage;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'hindsight-storage-'));
    storage = createLocalStorage({ root });
    await storage.open();
  });
  afterEach(() => rm(root, { recursive: true }));

  async function put(key: string, content: string): Promise<void> {
    const directory = await storage.makeTempDir();
    await writeFile(join(directory, 'new'), content);
    await storage.commit(join(directory, 'new'), key);
  }

  it('gives back any part of what was committed', async () => {
    await put(KEY, '0123456789');
    expect(await text(await storage.read(KEY, { start: 0, end: 9 }))).toBe('0123456789');
    expect(await text(await storage.read(KEY, { start: 3, end: 5 }))).toBe('345');
  });

  it('replaces an object at once', async () => {
    await put(KEY, 'old');
    await put(KEY, 'new');
    expect(await readFile(join(root, KEY), 'utf8')).toBe('new');
  });

  it('lists every key of ours and nothing else', async () => {
    await put(KEY, 'x');
    await writeFile(join(root, 'replays', USER, 'notes.txt'), 'not ours');
    await writeFile(join(root, 'replays', 'README'), 'not ours');
    await mkdir(join(root, 'replays', 'empty'));
    const keys: string[] = [];
    for await (const some of storage.keys()) keys.push(...some);
    expect(keys).toEqual([KEY]);
  });

  it('counts an object that is not there as deleted', async () => {
    await storage.remove(KEY);
    await put(KEY, 'x');
    await storage.remove(KEY);
    await expect(storage.read(KEY, { start: 0, end: 0 })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('frees what an earlier process left unfinished, and that process can not add to it', async () => {
    const left = await storage.makeTempDir();
    await writeFile(join(left, 'half'), 'x');
    await createLocalStorage({ root }).open();
    expect(await readdir(join(root, 'tmp'), { recursive: true })).toHaveLength(1);
    await expect(storage.makeTempDir()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['../outside', '/etc/passwd', 'replays/x/y.mp4'])('refuses the key %j', async (key) => {
    await expect(storage.read(key, { start: 0, end: 0 })).rejects.toThrow(RangeError);
    await expect(storage.remove(key)).rejects.toThrow(RangeError);
  });
});

describe('deletion queue', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());
  afterEach(() => database.client.storageDeletion.deleteMany());

  const { signal } = new AbortController();

  it('deletes everything once, however much there is', async () => {
    const removed: string[] = [];
    const deletions = createDeletions({
      db: database.client,
      storage: { remove: async (key) => void removed.push(key) },
    });
    const keys = Array.from({ length: 250 }, (_, index) => keyOf(index));
    await database.client.$transaction((tx) => deletions.enqueue(tx, [...keys, KEY]));
    await deletions.run(signal);
    expect(removed).toEqual(keys);
    expect(await database.client.storageDeletion.count()).toBe(0);
  });

  it('keeps what it could not delete for the next time, and goes on with the others', async () => {
    let isBroken = true;
    const removed: string[] = [];
    const remove = async (key: string) => {
      if (isBroken && key === keyOf(1)) throw new Error('the disk is away');
      removed.push(key);
    };
    const deletions = createDeletions({ db: database.client, storage: { remove } });
    await database.client.$transaction((tx) => deletions.enqueue(tx, [keyOf(1), keyOf(2)]));
    await deletions.run(signal);
    expect(removed).toEqual([keyOf(2)]);
    expect(await database.client.storageDeletion.findMany()).toMatchObject([
      { storageKey: keyOf(1), attempts: 1 },
    ]);
    isBroken = false;
    await deletions.run(signal);
    expect(removed).toEqual([keyOf(2), keyOf(1)]);
    expect(await database.client.storageDeletion.count()).toBe(0);
  });
});
