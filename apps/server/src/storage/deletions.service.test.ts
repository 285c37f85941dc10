import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDeletions } from './deletions.ts';
import { clipVideoKey } from './storage-key.ts';

const USER = '01a1fdab-921c-76fd-8ef9-1fd7870b959a';
const keyOf = (digit: number) =>
  clipVideoKey({ userId: USER, id: `01a1fdab-e377-741a-ab65-cb8885418${String(digit).padStart(3, '0')}` });

describe('deletion queue', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());
  afterEach(() => database.client.storageDeletion.deleteMany());

  const { signal } = new AbortController();

  it('deletes everything once, however many objects there are', async () => {
    const removed: string[] = [];
    const deletions = createDeletions({
      db: database.client,
      storage: { remove: async (key) => void removed.push(key) },
    });
    const keys = Array.from({ length: 250 }, (_, index) => keyOf(index));
    await database.client.$transaction((tx) => deletions.enqueue(tx, [...keys, keyOf(0)]));
    await deletions.run(signal);
    expect(removed).toEqual(keys);
    expect(await database.client.storageDeletion.count()).toBe(0);
  });

  it('keeps what it could not delete for the next time, and continues with the others', async () => {
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
