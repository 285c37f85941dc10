import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { MiB } from '@hindsight/shared/units';
import type { S3Config } from './s3-config.ts';
import { toSetupError } from './s3-errors.ts';
import type { UploadWay } from './s3-upload-way.ts';
import { uploadVerified } from './s3-upload.ts';
import { REPLAYS_PREFIX } from './storage-key.ts';

const CONTENT = 'probe';

/** A storage takes no smaller parts (but for the last one). */
const SMALLEST_PART_BYTES = 5 * MiB;

/**
 * Does once with a bucket what is done with every clip; also an upload in two parts, because storages differ in that.
 * @param directory a file of that size is left in this folder
 * @throws StorageSetupError naming the step, the storage's answer and the setting to look at
 */
export async function probeBucket(
  client: S3Client,
  config: S3Config,
  { way, directory }: { way: UploadWay; directory: string },
): Promise<void> {
  const object = { Bucket: config.bucket, Key: `${config.prefix}${REPLAYS_PREFIX}/.probe-${randomUUID()}` };
  const attempt = async (doing: string, step: () => Promise<unknown>) => {
    try {
      await step();
    } catch (error) {
      throw toSetupError(error, config, doing);
    }
  };
  const remove = () => client.send(new DeleteObjectCommand(object));
  await attempt('listing', () =>
    client.send(new ListObjectsV2Command({ Bucket: config.bucket, Prefix: object.Key })),
  );
  await attempt('writing', () => client.send(new PutObjectCommand({ ...object, Body: CONTENT })));
  try {
    await attempt('reading', () => readBack(client, object));
    await attempt('uploading in parts', () => uploadInParts(client, object, { way, directory }));
  } catch (error) {
    await remove().catch(() => undefined);
    throw error;
  }
  await attempt('deleting', remove);
}

async function readBack(client: S3Client, object: { Bucket: string; Key: string }): Promise<void> {
  const { Body } = await client.send(
    new GetObjectCommand({ ...object, Range: `bytes=1-${CONTENT.length - 1}` }),
  );
  const text = await Body?.transformToString();
  if (text !== CONTENT.slice(1)) throw new Error(`the requested part came back as ${JSON.stringify(text)}`);
}

async function uploadInParts(
  client: S3Client,
  object: { Bucket: string; Key: string },
  { way, directory }: { way: UploadWay; directory: string },
): Promise<void> {
  const bytes = randomBytes(SMALLEST_PART_BYTES + 1);
  const path = join(directory, 'probe');
  await writeFile(path, bytes);
  await uploadVerified(
    client,
    path,
    { bucket: object.Bucket, key: object.Key, contentType: 'application/octet-stream' },
    {
      way,
      partBytes: SMALLEST_PART_BYTES,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      async readBack() {
        const { Body } = await client.send(new GetObjectCommand(object));
        return crc32((await Body?.transformToByteArray()) ?? '');
      },
    },
  );
}
