import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { AbortMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { MiB } from '@hindsight/shared/units';
import { describeObject, requireIntact } from './s3-integrity.ts';
import { WAY_PARAMETERS, type UploadWay } from './s3-upload-way.ts';

export interface UploadTarget {
  bucket: string;
  /** The key includes the prefix. */
  key: string;
  contentType: string;
}

interface UploadOptions {
  way: UploadWay;
  /** The object is sent in parts of this size, the last of which may be smaller. */
  partBytes?: number;
  signal: AbortSignal;
  onProgress: (fraction: number) => void;
}

const PART_BYTES = 8 * MiB;
/** This many parts are sent, and kept in memory, at once. */
const PARALLEL_PARTS = 3;
const READ_BYTES = MiB;

/**
 * Sends a file and verifies what has arrived: each part goes with its CRC-32, which the storage checks if it can, and the
 * storage's own CRC-32 of the whole object must equal that of the file. From a storage that keeps none the bytes are read back.
 * @param readBack returns the CRC-32 of the stored object
 */
export async function uploadVerified(
  client: S3Client,
  path: string,
  { bucket, key, contentType }: UploadTarget,
  {
    signal,
    onProgress,
    readBack,
    way,
    partBytes = PART_BYTES,
  }: UploadOptions & { readBack: () => Promise<number> },
): Promise<void> {
  const { size } = await stat(path);
  let checksum = 0;
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
      checksum = crc32(chunk as Buffer, checksum);
      yield chunk as Buffer;
    }
  }
  const abortController = new AbortController();
  const abort = () => abortController.abort();
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    onProgress(0);
    const upload = new Upload({
      client: abortableClient(signal, client),
      params: {
        Bucket: bucket,
        Key: key,
        Body: Readable.from(bytes(), { objectMode: false }),
        ContentLength: size,
        ContentType: contentType,
        ...WAY_PARAMETERS[way],
      },
      partSize: partBytes,
      queueSize: PARALLEL_PARTS,
      abortController,
    });
    upload.on('httpUploadProgress', ({ loaded = 0 }) => onProgress(size === 0 ? 1 : loaded / size));
    await upload.done();
    const stored = await describeObject(
      client,
      { Bucket: bucket, Key: key },
      { signal, hasChecksums: way !== 'no-checksums' },
    );
    const storedChecksum = stored.checksum ?? (await readBack());
    requireIntact({ ...stored, checksum: storedChecksum }, { sizeBytes: size, checksum });
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Wraps a client so that its requests end with the signal. An aborted `Upload` doesn't wait for its requests, but without
 * this they would go on and leave an object that nobody wants.
 */
function abortableClient(signal: AbortSignal, client: S3Client): S3Client {
  const send = (command: Parameters<S3Client['send']>[0]) =>
    // The abort of a multipart upload must still be sent: it deletes the parts that have arrived.
    client.send(command, command instanceof AbortMultipartUploadCommand ? {} : { abortSignal: signal });
  return Object.create(client, { send: { value: send } }) as S3Client;
}
