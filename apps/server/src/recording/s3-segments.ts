import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type { SegmentBucket } from '@hindsight/recorder/egress/segment-bucket';
import { SECOND } from '@hindsight/shared/units';
import { S3Upload } from 'livekit-server-sdk';
import { createS3Client, DEFAULT_TIMING } from '../storage/s3-client.ts';
import type { S3Config } from '../storage/s3-config.ts';

/** Segments are kept next to the clips, which have a prefix of their own. */
const FOLDER = 'replay-buffer';
/** Requests that take longer are repeated; stops and flushes wait meanwhile. */
const TIMEOUT_MS = 8 * SECOND;

/** Opens the bucket of clips, to which egress uploads segments and from which the recorder fetches them. */
export function createS3Segments(
  config: S3Config,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): SegmentBucket & { close(): void } {
  const { bucket, credentials, region, endpoint, isPathStyle } = config;
  const client = createS3Client(config, DEFAULT_TIMING);
  const inTime = () => ({ abortSignal: AbortSignal.timeout(timeoutMs) });
  return {
    prefix: `${config.prefix}${FOLDER}`,
    upload: new S3Upload({
      ...{ bucket, region, forcePathStyle: isPathStyle },
      ...(endpoint === null ? {} : { endpoint }),
      ...(credentials === null
        ? {}
        : { accessKey: credentials.accessKeyId, secret: credentials.secretAccessKey }),
    }),

    async read(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), inTime());
        if (!(Body instanceof Readable)) throw new Error('an answer without a body');
        const timer = setTimeout(() => Body.destroy(new Error(`${key} comes too slowly`)), timeoutMs);
        return await buffer(Body).finally(() => clearTimeout(timer));
      } catch (error) {
        if (error instanceof Error && error.name === 'NoSuchKey') return null;
        throw error;
      }
    },

    async remove(key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), inTime());
    },

    async list(folder) {
      const keys: string[] = [];
      const input = { Bucket: bucket, Prefix: `${folder}/` };
      const pages = paginateListObjectsV2({ client }, input, inTime());
      for await (const { Contents = [] } of pages) keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
      return keys;
    },

    close: () => client.destroy(),
  };
}
