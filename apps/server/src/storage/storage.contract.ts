import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { MiB } from '@hindsight/shared/units';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clipPosterKey, clipVideoKey } from './storage-key.ts';
import type { ObjectStorage } from './storage.port.ts';

export interface ContractSetup {
  /** Prepares what all tests share, if anything. */
  prepare?: () => Promise<void>;
  dispose?: () => Promise<void>;
  /** Creates a storage, which is not opened yet, over the same files or bucket as before. */
  create(root: string): ObjectStorage;
  /** Writes an object without using the storage, as other programs do. */
  putForeign(root: string, name: string, content: string): Promise<void>;
}

const USER = '01a1fdab-921c-76fd-8ef9-1fd7870b959a';
const keyOf = (digits: string) => clipVideoKey({ userId: USER, id: `01a1fdab-e377-741a-ab65-${digits}` });
const KEY = keyOf('cb8885418400');
/** This size takes several parts of an upload. */
const LARGE_BYTES = 10 * MiB;

/** Describes what every implementation of the storage must do. */
export function describeStorageContract(name: string, setup: ContractSetup): void {
  describe(`the storage contract: ${name}`, () => {
    let root: string;
    let storage: ObjectStorage;
    const { signal } = new AbortController();

    beforeAll(() => setup.prepare?.());
    afterAll(() => setup.dispose?.());
    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), 'hindsight-storage-'));
      storage = setup.create(root);
      await storage.open();
    });
    afterEach(async () => {
      for await (const objects of storage.list()) for (const { key } of objects) await storage.remove(key);
      storage.close();
      await rm(root, { recursive: true });
    });

    async function put(key: string, content: string | Buffer): Promise<void> {
      const path = join(await storage.makeTempDir(), 'new');
      await writeFile(path, content);
      await storage.commit(path, key, { signal });
    }

    async function keys(): Promise<string[]> {
      const found: string[] = [];
      for await (const objects of storage.list()) found.push(...objects.map(({ key }) => key));
      return found.toSorted();
    }

    it('returns any part of what was committed, up to its end', async () => {
      await put(KEY, '0123456789');
      const part = async (start: number, end: number) => text(await storage.read(KEY, { start, end }));
      expect(await part(0, 9)).toBe('0123456789');
      expect(await part(3, 5)).toBe('345');
      expect(await part(9, 9)).toBe('9');
      expect(await part(8, 100)).toBe('89');
      expect(await part(10, 20)).toBe('');
    });

    it('stores large files unchanged, and reports progress', async () => {
      const content = randomBytes(LARGE_BYTES);
      const path = join(await storage.makeTempDir(), 'large');
      await writeFile(path, content);
      const told: number[] = [];
      await storage.commit(path, KEY, { signal, onProgress: (fraction) => told.push(fraction) });
      expect(told).toEqual(told.toSorted((a, b) => a - b));
      expect(told.every((fraction) => fraction >= 0 && fraction <= 1)).toBe(true);
      const read = await buffer(await storage.read(KEY, { start: 0, end: LARGE_BYTES - 1 }));
      expect(sha256(read)).toBe(sha256(content));
      const [start, end] = [8 * MiB - 3, 8 * MiB + 4];
      expect(await buffer(await storage.read(KEY, { start, end }))).toEqual(content.subarray(start, end + 1));
      const copy = await storage.localCopy(KEY, await storage.makeTempDir(), signal);
      expect(sha256(await readFile(copy))).toBe(sha256(content));
    });

    it('replaces an object at once', async () => {
      await put(KEY, 'old');
      await put(KEY, 'new');
      expect(await text(await storage.read(KEY, { start: 0, end: 2 }))).toBe('new');
    });

    it('lists every object of ours with its time, and nothing else', async () => {
      const since = Date.now() - 5000;
      const poster = clipPosterKey({ userId: USER, id: '01a1fdab-e377-741a-ab65-cb8885418400' });
      await put(KEY, 'x');
      await put(poster, 'x');
      await setup.putForeign(root, `replays/${USER}/notes.txt`, 'not ours');
      await setup.putForeign(root, 'replays/README', 'not ours');
      await setup.putForeign(root, `other/${USER}/01a1fdab-e377-741a-ab65-cb8885418400.mp4`, 'not ours');
      expect(await keys()).toEqual([poster, KEY].toSorted());
      for await (const objects of storage.list())
        for (const { modifiedAt } of objects) {
          expect(modifiedAt.getTime()).toBeGreaterThan(since);
          expect(modifiedAt.getTime()).toBeLessThan(Date.now() + 5000);
        }
    });

    it('lists more objects than fit into one answer', async () => {
      const many = Array.from({ length: 7 }, (_, index) => keyOf(String(index).padStart(12, '0')));
      await Promise.all(many.map((key) => setup.putForeign(root, key, 'x')));
      expect(await keys()).toEqual(many);
    });

    it('counts an object that is not there as deleted', async () => {
      await storage.remove(KEY);
      await put(KEY, 'x');
      await storage.remove(KEY);
      expect(await keys()).toEqual([]);
    });

    it('says that there is no such object', async () => {
      await expect(storage.read(KEY, { start: 0, end: 0 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      const copy = storage.localCopy(KEY, await storage.makeTempDir(), signal);
      await expect(copy).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('lets readers stop at any time', async () => {
      await put(KEY, randomBytes(LARGE_BYTES));
      const stream = await storage.read(KEY, { start: 0, end: LARGE_BYTES - 1 });
      await new Promise((resolve) => stream.once('readable', resolve));
      const closed = new Promise((resolve) => stream.once('close', resolve));
      stream.destroy();
      await closed;
      expect(await text(await storage.read(KEY, { start: 0, end: -1 + 1 }))).toHaveLength(1);
    });

    it('answers a ping', async () => {
      await expect(storage.ping()).resolves.toBeUndefined();
    });

    it('leaves the file where it is, and no object, when it is aborted', async () => {
      const path = join(await storage.makeTempDir(), 'new');
      await writeFile(path, 'x');
      const stopped = AbortSignal.abort(new Error('stop'));
      await expect(storage.commit(path, KEY, { signal: stopped })).rejects.toThrow('stop');
      expect(await readFile(path, 'utf8')).toBe('x');
      expect(await keys()).toEqual([]);
    });

    it('frees what an earlier process left unfinished, and that process can not add to it', async () => {
      await writeFile(join(await storage.makeTempDir(), 'half'), 'x');
      const next = setup.create(root);
      await next.open();
      next.close();
      expect(await readdir(join(root, 'tmp'), { recursive: true })).toHaveLength(1);
      await expect(storage.makeTempDir()).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it.each(['../outside', '/etc/passwd', 'replays/x/y.mp4'])('refuses the key %j', async (key) => {
      await expect(storage.read(key, { start: 0, end: 0 })).rejects.toThrow(RangeError);
      await expect(storage.remove(key)).rejects.toThrow(RangeError);
      await expect(storage.commit('/dev/null', key)).rejects.toThrow(RangeError);
      await expect(storage.localCopy(key, root, signal)).rejects.toThrow(RangeError);
    });
  });
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
