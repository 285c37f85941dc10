import { randomUUID } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { S3Config } from './s3-config.ts';
import { toSetupError } from './s3-errors.ts';
import { REPLAYS_PREFIX } from './storage-key.ts';

const CONTENT = 'probe';

/**
 * Does once with a bucket what is done with every clip.
 * @throws StorageSetupError naming the step, the storage's answer and the setting to look at
 */
export async function probeBucket(client: S3Client, config: S3Config): Promise<void> {
  const object = { Bucket: config.bucket, Key: `${config.prefix}${REPLAYS_PREFIX}/.probe-${randomUUID()}` };
  const steps: [string, () => Promise<unknown>][] = [
    ['listing', () => client.send(new ListObjectsV2Command({ Bucket: config.bucket, Prefix: object.Key }))],
    ['writing', () => client.send(new PutObjectCommand({ ...object, Body: CONTENT }))],
    ['reading', () => readBack(client, object)],
    ['deleting', () => client.send(new DeleteObjectCommand(object))],
  ];
  for (const [doing, step] of steps) {
    try {
      await step();
    } catch (error) {
      throw toSetupError(error, config, doing);
    }
  }
}

async function readBack(client: S3Client, object: { Bucket: string; Key: string }): Promise<void> {
  const { Body } = await client.send(
    new GetObjectCommand({ ...object, Range: `bytes=1-${CONTENT.length - 1}` }),
  );
  const text = await Body?.transformToString();
  if (text !== CONTENT.slice(1)) throw new Error(`the requested part came back as ${JSON.stringify(text)}`);
}
