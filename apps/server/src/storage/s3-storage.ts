import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  paginateListObjectsV2,
  type GetObjectCommandInput,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { HOUR, SECOND } from '@hindsight/shared/units';
import type { DiskGuard } from './disk-guard.ts';
import { resumedStream, type Source } from './resumed-stream.ts';
import { createS3Client, DEFAULT_TIMING, type S3Timing } from './s3-client.ts';
import type { S3Config } from './s3-config.ts';
import { isRangeBehindEnd, isTransient, isReplaced, toAppError } from './s3-errors.ts';
import { probeBucket } from './s3-probe.ts';
import { describeObject, requireIntact } from './s3-integrity.ts';
import { mayNeedAnotherWay, UPLOAD_WAYS, type UploadWay } from './s3-upload-way.ts';
import { uploadVerified } from './s3-upload.ts';
import { contentTypeOf, isStorageKey, REPLAYS_PREFIX, type StorageKey } from './storage-key.ts';
import { StorageSetupError, type ObjectStorage, type StoredRange } from './storage.port.ts';
import { createWorkFolder, type WorkFolderOptions } from './work-folder.ts';

interface S3StorageOptions extends WorkFolderOptions {
  config: S3Config;
  /** The guard watches the disk that `root` is on. */
  disk: Pick<DiskGuard, 'requireSpace'>;
  log: { warn(fields: object, message: string): void };
  timing?: S3Timing;
  /** One answer to a listing has this many objects. The storage decides (1000) unless it is given. */
  pageSize?: number;
}

/** A signed URL works for this long, which is enough to watch a clip with pauses. */
const DOWNLOAD_SECONDS = (6 * HOUR) / SECOND;
const WHOLE: StoredRange = { start: 0, end: Number.MAX_SAFE_INTEGER };

/** Stores objects in an S3 bucket. */
export function createS3Storage({
  config,
  root,
  servers,
  disk,
  log,
  timing = DEFAULT_TIMING,
  pageSize,
}: S3StorageOptions): ObjectStorage {
  let client = createS3Client(config, timing);
  let way: UploadWay = UPLOAD_WAYS[0];
  /** This client only signs, because a URL must name the host that browsers reach. */
  const signer = createS3Client(config, timing, { endpoint: config.publicEndpoint ?? config.endpoint });
  const workFolder = createWorkFolder({ root, servers });
  const { bucket, prefix } = config;

  function objectOf(key: StorageKey): { Bucket: string; Key: string } {
    if (!isStorageKey(key)) throw new RangeError(`${JSON.stringify(key)} is not a storage key`);
    return { Bucket: bucket, Key: prefix + key };
  }

  async function open(
    key: StorageKey,
    { start, end }: StoredRange,
    signal: AbortSignal,
    etag: string | undefined,
  ): Promise<Source & { etag: string | undefined }> {
    const input: GetObjectCommandInput = { ...objectOf(key), Range: `bytes=${start}-${end}` };
    if (etag !== undefined) input.IfMatch = etag;
    const {
      Body,
      ContentLength = 0,
      ETag,
    } = await client.send(new GetObjectCommand(input), {
      abortSignal: signal,
    });
    if (!(Body instanceof Readable)) throw new Error('the storage answered without a body');
    return { body: Body, sizeBytes: ContentLength, etag: ETag };
  }

  /**
   * Reads a part of an object, and continues where a connection breaks.
   * @throws whatever the client throws
   */
  async function readObject(key: StorageKey, range: StoredRange): Promise<Readable> {
    let etag: string | undefined;
    try {
      return await resumedStream(range, {
        async open(part, signal) {
          const source = await open(key, part, signal, etag).catch((error: unknown) => {
            throw isReplaced(error) ? new Error('the object was replaced while it was read') : error;
          });
          // The rest must be of the very same object.
          etag ??= source.etag;
          return source;
        },
        retryDelaysMs: timing.resumeDelaysMs,
        silenceMs: timing.silenceMs,
      });
    } catch (error) {
      if (isRangeBehindEnd(error)) return Readable.from([]);
      throw error;
    }
  }

  async function checksumOf(key: StorageKey): Promise<number> {
    let checksum = 0;
    for await (const chunk of await readObject(key, WHOLE)) checksum = crc32(chunk as Buffer, checksum);
    return checksum;
  }

  /**
   * Tries the storage out, and finds the least costly way in which it can verify uploads.
   * @throws StorageSetupError of the first way when none works
   */
  async function chooseWay(): Promise<void> {
    const directory = await workFolder.makeTempDir();
    try {
      await tryWays(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async function tryWays(directory: string): Promise<void> {
    const failures: unknown[] = [];
    for (const next of UPLOAD_WAYS) {
      if (next === 'no-checksums') {
        client.destroy();
        client = createS3Client(config, timing, { hasChecksums: false });
      }
      try {
        await probeBucket(client, config, { way: next, directory });
        way = next;
        if (failures.length > 0)
          log.warn(
            { err: failures[0], way },
            'the storage does not keep checksums of whole objects: uploads are read back',
          );
        return;
      } catch (error) {
        failures.push(error);
        if (!(error instanceof StorageSetupError && mayNeedAnotherWay(error.cause))) break;
      }
    }
    throw failures[0];
  }

  /** Repeats work while it fails for reasons that may pass. */
  async function withRetries(what: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const delaysMs = [...timing.retryDelaysMs];
    for (;;) {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        const delayMs = isTransient(error) ? delaysMs.shift() : undefined;
        log.warn({ err: error, retryInMs: delayMs ?? null }, `${what} failed`);
        if (delayMs === undefined) throw toAppError(error);
        await sleep(delayMs, undefined, { signal });
      }
    }
  }

  return {
    async open() {
      await workFolder.open();
      await chooseWay();
    },

    freeAbandoned: workFolder.freeAbandoned,
    makeTempDir: workFolder.makeTempDir,

    async commit(tempPath, key, options = {}) {
      const { Key } = objectOf(key);
      const { signal = new AbortController().signal, onProgress = () => undefined } = options;
      const target = { bucket, key: Key, contentType: contentTypeOf(key) };
      await withRetries(`upload of ${key}`, signal, () =>
        uploadVerified(client, tempPath, target, {
          way,
          signal,
          onProgress,
          readBack: () => checksumOf(key),
        }),
      );
    },

    async read(key, range) {
      objectOf(key);
      return readObject(key, range).catch((error: unknown) => {
        throw toAppError(error);
      });
    },

    async localCopy(key, directory, signal) {
      const object = objectOf(key);
      const path = join(directory, `copy-${basename(key)}`);
      await withRetries(`copy of ${key}`, signal, async () => {
        const stored = await describeObject(client, object, { signal, hasChecksums: way !== 'no-checksums' });
        await disk.requireSpace(stored.sizeBytes);
        const sink = createWriteStream(path);
        let checksum = 0;
        await pipeline(
          await readObject(key, WHOLE),
          async function* watched(source: AsyncIterable<Buffer>) {
            for await (const chunk of source) {
              checksum = crc32(chunk, checksum);
              yield chunk;
            }
          },
          sink,
          { signal },
        );
        requireIntact(stored, { sizeBytes: sink.bytesWritten, checksum });
      });
      return path;
    },

    async downloadUrl(key, { contentType, disposition }) {
      if (!config.isRedirecting) return null;
      const command = new GetObjectCommand({
        ...objectOf(key),
        ResponseContentType: contentType,
        ResponseCacheControl: 'private, no-cache',
        ...(disposition === null ? {} : { ResponseContentDisposition: disposition }),
      });
      return getSignedUrl(signer, command, { expiresIn: DOWNLOAD_SECONDS });
    },

    async remove(key) {
      await client.send(new DeleteObjectCommand(objectOf(key))).catch((error: unknown) => {
        throw toAppError(error);
      });
    },

    async ping() {
      await client.send(new HeadBucketCommand({ Bucket: bucket }));
    },

    async *list() {
      const pages = paginateListObjectsV2(
        { client, ...(pageSize === undefined ? {} : { pageSize }) },
        { Bucket: bucket, Prefix: `${prefix}${REPLAYS_PREFIX}/` },
      );
      for await (const { Contents = [] } of pages) {
        yield Contents.flatMap(({ Key = '', LastModified }) => {
          const key = Key.slice(prefix.length);
          return isStorageKey(key) ? [{ key, modifiedAt: LastModified ?? new Date() }] : [];
        });
      }
    },

    close() {
      client.destroy();
      signer.destroy();
    },
  };
}
