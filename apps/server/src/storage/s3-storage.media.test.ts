import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { MiB } from '@hindsight/shared/units';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clipVideoKey } from './storage-key.ts';
import { describeStorageContract } from './storage.contract.ts';
import { StorageSetupError, type ObjectStorage } from './storage.port.ts';
import { startS3Stage, type S3Stage } from './testing/s3-stage.ts';

const KEY = clipVideoKey({
  userId: '01a1fdab-921c-76fd-8ef9-1fd7870b959a',
  id: '01a1fdab-e377-741a-ab65-cb8885418400',
});
/** This takes two parts of an upload. */
const CONTENT = randomBytes(9 * MiB);

let stage: S3Stage;
let root: string;
beforeAll(async () => {
  stage = await startS3Stage();
  root = await mkdtemp(join(tmpdir(), 'hindsight-s3-storage-'));
});
afterAll(async () => {
  await stage.stop();
  await rm(root, { recursive: true });
});

describeStorageContract('S3', {
  create: (folder) => stage.create(folder),
  async putForeign(_folder, name, content) {
    const path = join(stage.rig.bucketDir, 'hindsight', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  },
});

describe('S3 storage with faults', () => {
  let storage: ObjectStorage;
  let path: string;
  // Opening it tries an upload of several parts.
  beforeAll(async () => {
    storage = stage.create(root);
    await storage.open();
  });
  afterAll(() => storage.close());
  beforeEach(async () => {
    path = join(await storage.makeTempDir(), 'clip.mp4');
    await writeFile(path, CONTENT);
  });
  afterEach(async () => {
    stage.proxy.heal();
    stage.log.lines.splice(0);
    await storage.remove(KEY);
  });

  const stored = async () => buffer(await storage.read(KEY, { start: 0, end: CONTENT.length - 1 }));
  const unfinished = async () => {
    const uploads = await stage.rig.unfinishedUploads();
    return uploads.length;
  };

  it.each([
    ['500s', { kind: 'answer', status: 500, code: 'InternalError' }],
    ['a request to slow down', { kind: 'answer', status: 503, code: 'SlowDown' }],
    ['connections that end while it sends', { kind: 'cut request' }],
    ['bytes that are damaged on the way', { kind: 'damage request' }],
    ['answers that are lost', { kind: 'lose answer' }],
  ] as const)('stores a file intact despite %s', async (_what, trouble) => {
    stage.proxy.fail('PUT', trouble, { times: 5, containing: 'partNumber' });
    await storage.commit(path, KEY);
    expect((await stored()).equals(CONTENT)).toBe(true);
    expect(await unfinished()).toBe(0);
  });

  it('sends the whole file again when the stored object differs', async () => {
    const other = randomBytes(CONTENT.length);
    const otherPath = join(await storage.makeTempDir(), 'other.mp4');
    await writeFile(otherPath, other);
    await storage.commit(otherPath, KEY);
    // The storage answers that it is done, but has kept the earlier object.
    stage.proxy.fail('POST', { kind: 'pretend' }, { containing: 'uploadId' });
    await storage.commit(path, KEY);
    expect((await stored()).equals(CONTENT)).toBe(true);
    expect(stage.log.lines.map(({ message }) => message)).toEqual([`upload of ${KEY} failed`]);
  });

  it('gives up in the end, keeps the file, and leaves no partial object', async () => {
    const before = await unfinished();
    stage.proxy.fail('PUT', { kind: 'answer', status: 500, code: 'InternalError' }, { times: 1000 });
    const committed = storage.commit(path, KEY);
    await expect(committed).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect((await readFile(path)).equals(CONTENT)).toBe(true);
    stage.proxy.heal();
    await expect(storage.read(KEY, { start: 0, end: 0 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await unfinished()).toBe(before);
    // Each further attempt is logged, without secrets.
    expect(stage.log.lines.map(({ fields }) => 'retryInMs' in fields && fields.retryInMs)).toEqual([
      20,
      50,
      100,
      null,
    ]);
    expect(JSON.stringify(stage.log.lines)).not.toContain(stage.rig.secretAccessKey);
  });

  it('does not wait for a storage that is silent', async () => {
    const impatient = stage.create(root, { timing: { silenceMs: 300, retryDelaysMs: [20] } });
    stage.proxy.fail('PUT', { kind: 'silence' }, { times: 1000 });
    await expect(impatient.commit(path, KEY)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    impatient.close();
  });

  it('stops in the middle when it is aborted', async () => {
    const stop = new AbortController();
    stage.proxy.fail('PUT', { kind: 'silence' }, { times: 1000 });
    const committed = storage.commit(path, KEY, { signal: stop.signal });
    await expect.poll(() => stage.proxy.seen.at(-1)?.url).toContain('partNumber');
    stop.abort(new Error('stop'));
    await expect(committed).rejects.toThrow('stop');
  });

  it('continues reading where a connection breaks, unnoticed by the reader', async () => {
    await storage.commit(path, KEY);
    stage.proxy.fail('GET', { kind: 'cut answer' }, { times: 3 });
    const part = await buffer(await storage.read(KEY, { start: 5, end: 8 * MiB }));
    expect(part.equals(CONTENT.subarray(5, 8 * MiB + 1))).toBe(true);
    expect(stage.proxy.seen.filter(({ method }) => method === 'GET').length).toBeGreaterThanOrEqual(4);
  });

  it('never mixes two objects when one replaces the other while it is read', async () => {
    await storage.commit(path, KEY);
    stage.proxy.fail('GET', { kind: 'cut answer' });
    const stream = await storage.read(KEY, { start: 0, end: CONTENT.length - 1 });
    await writeFile(path, randomBytes(CONTENT.length));
    await storage.commit(path, KEY);
    await expect(buffer(stream)).rejects.toThrow('the object was replaced while it was read');
  });

  it('reports when it is unreachable, and recovers by itself', async () => {
    await storage.commit(path, KEY);
    stage.proxy.fail('GET', { kind: 'answer', status: 503, code: 'SlowDown' }, { times: 3 });
    await expect(storage.read(KEY, { start: 0, end: 0 })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
    expect((await stored()).equals(CONTENT)).toBe(true);
  });

  it('copies again what was damaged on the way', async () => {
    await storage.commit(path, KEY);
    stage.proxy.fail('GET', { kind: 'damage answer' });
    const { signal } = new AbortController();
    const copy = await storage.localCopy(KEY, await storage.makeTempDir(), signal);
    expect((await readFile(copy)).equals(CONTENT)).toBe(true);
    expect(stage.log.lines.map(({ message }) => message)).toEqual([`copy of ${KEY} failed`]);
  });

  it('copies nothing that does not fit on the disk', async () => {
    await storage.commit(path, KEY);
    const full = stage.create(root, { freeBytes: CONTENT.length - 1 });
    const copy = full.localCopy(KEY, await storage.makeTempDir(), new AbortController().signal);
    await expect(copy).rejects.toMatchObject({ code: 'DISK_LOW' });
    full.close();
  });

  it('explains at once that a bucket is gone', async () => {
    const lost = stage.create(root, { change: { bucket: 'gone' } });
    const committed = lost.commit(path, KEY);
    await expect(committed).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await expect(committed).rejects.toMatchObject({ cause: { name: 'NoSuchBucket' } });
    const copied = lost.localCopy(KEY, root, new AbortController().signal);
    await expect(copied).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(stage.log.lines).toHaveLength(2);
    lost.close();
  });

  it('gives browsers a URL only where that is configured', async () => {
    const options = { contentType: 'video/mp4', disposition: 'attachment; filename="a.mp4"' };
    expect(await storage.downloadUrl(KEY, options)).toBeNull();
    await storage.commit(path, KEY);
    const redirecting = stage.create(root, {
      change: { isRedirecting: true, publicEndpoint: stage.rig.endpoint },
    });
    const url = (await redirecting.downloadUrl(KEY, options)) ?? '';
    redirecting.close();
    expect(new URL(url).origin).toBe(stage.rig.endpoint);
    const answer = await fetch(url, { headers: { range: 'bytes=3-9' } });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-disposition')).toBe(options.disposition);
    expect(answer.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(CONTENT.subarray(3, 10));
    const other = await fetch(url.replace('cb8885418400', 'cb8885418401'));
    expect(other.status).toBe(403);
  });
});

it.each([
  ['refuses', { kind: 'answer', status: 403, code: 'AccessDenied' } as const],
  ['has lost the bucket', { kind: 'answer', status: 404, code: 'NoSuchBucket' } as const],
])('does not answer as if all were well when the storage %s', async (_what, trouble) => {
  const storage = stage.create(root);
  try {
    stage.proxy.fail('HEAD', trouble, { times: 10 });
    await expect(storage.ping()).rejects.toMatchObject({ $metadata: { httpStatusCode: trouble.status } });
    stage.proxy.heal();
    await storage.ping();
  } finally {
    stage.proxy.heal();
    storage.close();
  }
});

describe('S3 storage that keeps no checksums of whole objects', () => {
  const refuses = { kind: 'answer', status: 400, code: 'InvalidArgument' } as const;

  it.each([
    ['of whole objects', 'part-checksums', [['POST', 'x-amz-checksum-type']]],
    [
      'at all',
      'no-checksums',
      [
        ['POST', 'x-amz-checksum-algorithm'],
        ['PUT', 'x-amz-sdk-checksum-algorithm'],
        ['HEAD', 'x-amz-checksum-mode'],
      ],
    ],
  ] as const)(
    'stores a file of several parts intact when it refuses checksums %s',
    async (_, way, refused) => {
      for (const [method, header] of refused)
        stage.proxy.fail(method, refuses, { times: 100, containing: 'hindsight/', header });
      const storage = stage.create(root);
      try {
        await storage.open();
        expect(stage.log.lines).toMatchObject([{ fields: { way } }]);
        const path = join(await storage.makeTempDir(), 'clip.mp4');
        await writeFile(path, CONTENT);
        await storage.commit(path, KEY);
        const stored = await buffer(await storage.read(KEY, { start: 0, end: CONTENT.length - 1 }));
        expect(stored.equals(CONTENT)).toBe(true);
        expect(stage.log.lines).toHaveLength(1);

        // Nobody but the reader can notice it here.
        stage.proxy.fail('PUT', { kind: 'damage request' }, { times: 1, containing: 'partNumber=2' });
        await storage.commit(path, KEY);
        expect(
          (await buffer(await storage.read(KEY, { start: 0, end: CONTENT.length - 1 }))).equals(CONTENT),
        ).toBe(true);
      } finally {
        stage.proxy.heal();
        stage.log.lines.splice(0);
        await storage.remove(KEY);
        storage.close();
      }
    },
  );
});

describe('S3 storage that can not be used', () => {
  const refused = async (change: Parameters<S3Stage['config']>[0]): Promise<string> => {
    const storage = stage.create(root, { change, timing: { connectMs: 2000 } });
    try {
      await storage.open();
      return '';
    } catch (error) {
      expect(error).toBeInstanceOf(StorageSetupError);
      return error instanceof Error ? error.message : '';
    } finally {
      storage.close();
    }
  };

  it.each([
    ['a bucket that is not there', { bucket: 'gone' }, 'Make the bucket gone, or correct S3_BUCKET.'],
    [
      'a wrong secret',
      { credentials: { accessKeyId: 'rigkey', secretAccessKey: 'hunter2hunter2' } },
      'Correct S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.',
    ],
    [
      'an unknown key',
      { credentials: { accessKeyId: 'nobody', secretAccessKey: 'hunter2hunter2' } },
      'Correct S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.',
    ],
    ['an address where nobody is', { endpoint: 'http://127.0.0.1:9' }, 'Check S3_ENDPOINT'],
  ])('is refused at the start with the remedy: %s', async (_what, change, remedy) => {
    const message = await refused(change);
    expect(message).toContain(remedy);
    expect(message).not.toContain('hunter2');
  });

  it.each([
    ['listing', 'GET', 'list-type'],
    ['writing', 'PUT', 'probe-'],
    ['reading', 'GET', 'x-id=GetObject'],
    ['uploading in parts', 'PUT', 'partNumber=2'],
    ['deleting', 'DELETE', 'probe-'],
  ])('names %s when only that is not allowed', async (doing, method, containing) => {
    const denied = { kind: 'answer', status: 403, code: 'AccessDenied' } as const;
    stage.proxy.fail(method, denied, { times: 10, containing });
    const message = await refused({});
    stage.proxy.heal();
    expect(message).toContain(`${doing} failed`);
    expect(message).toContain('s3:PutObject');
  });

  it.each([
    ['everything is allowed', 0, ''],
    ['reading is not allowed', 10, 'reading failed'],
  ])('leaves no probe object behind when %s', async (_what, times, said) => {
    const before = await stage.rig.objectNames();
    const denied = { kind: 'answer', status: 403, code: 'AccessDenied' } as const;
    stage.proxy.fail('GET', denied, { times, containing: 'x-id=GetObject' });
    expect(await refused({})).toContain(said);
    stage.proxy.heal();
    expect(await stage.rig.objectNames()).toEqual(before);
  });
});
