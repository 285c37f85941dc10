import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { browserOrigin, type S3Config } from './s3-config.ts';
import { loneServer } from '../cluster/testing/lone-server.ts';
import { createS3Storage } from './s3-storage.ts';
import { clipVideoKey } from './storage-key.ts';

const KEY = clipVideoKey({
  userId: '01a1fdab-921c-76fd-8ef9-1fd7870b959a',
  id: '01a1fdab-e377-741a-ab65-cb8885418400',
});
const AWS: S3Config = {
  endpoint: null,
  publicEndpoint: null,
  region: 'eu-west-1',
  bucket: 'clips',
  prefix: '',
  credentials: { accessKeyId: 'key', secretAccessKey: 'hunter2' },
  isPathStyle: false,
  isRedirecting: true,
};

it.each([
  ['AWS', {}, 'https://clips.s3.eu-west-1.amazonaws.com'],
  ['AWS by path', { isPathStyle: true }, 'https://s3.eu-west-1.amazonaws.com'],
  ['a storage of one’s own', { endpoint: 'http://minio:9000', isPathStyle: true }, 'http://minio:9000'],
  ['one with names for buckets', { endpoint: 'https://s3.example' }, 'https://clips.s3.example'],
  [
    'one that browsers reach elsewhere',
    { endpoint: 'http://minio:9000', publicEndpoint: 'https://s3.example', isPathStyle: true },
    'https://s3.example',
  ],
])('pages may play from the origin that browsers are redirected to: %s', async (_what, change, origin) => {
  const config = { ...AWS, ...change };
  const storage = createS3Storage({
    config,
    root: tmpdir(),
    servers: loneServer(),
    disk: { requireSpace: async () => undefined },
    log: { warn: () => undefined },
  });
  const url = await storage.downloadUrl(KEY, { contentType: 'video/mp4', disposition: null });
  storage.close();
  expect(browserOrigin(config)).toBe(origin);
  expect(new URL(url ?? '').origin).toBe(origin);
  expect(url).not.toContain('hunter2');
});
