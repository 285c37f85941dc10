import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { isMissing } from './s3-errors.ts';

/** The storage gives this size and checksum for an object. */
export interface DescribedObject {
  sizeBytes: number;
  /** The checksum is the CRC-32 of the whole object. It is null when the storage keeps none. */
  checksum: number | null;
}

/** The stored object differs from what was sent, or what was received differs from the object. */
class DamagedError extends Error {}

export async function describeObject(
  client: S3Client,
  object: { Bucket: string; Key: string },
  signal: AbortSignal,
): Promise<DescribedObject> {
  const { ContentLength = 0, ChecksumCRC32, ChecksumType } = await head(client, object, signal);
  // A composite checksum covers the checksums of the parts, not the bytes of the object.
  const isOfWhole =
    ChecksumCRC32 !== undefined && ChecksumType !== 'COMPOSITE' && !ChecksumCRC32.includes('-');
  return {
    sizeBytes: ContentLength,
    checksum: isOfWhole ? Buffer.from(ChecksumCRC32, 'base64').readUInt32BE() : null,
  };
}

/**
 * Requests an object's headers. An answer to HEAD has no body and doesn't say whether the object or the bucket is
 * missing, so a GET follows.
 */
async function head(
  client: S3Client,
  object: { Bucket: string; Key: string },
  abortSignal: AbortSignal,
): Promise<HeadObjectCommandOutput> {
  try {
    return await client.send(new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' }), { abortSignal });
  } catch (error) {
    if (isMissing(error))
      await client.send(new GetObjectCommand({ ...object, Range: 'bytes=0-0' }), { abortSignal });
    throw error;
  }
}

/**
 * Compares an object's size and checksum with those of our file.
 * @throws DamagedError when they differ
 */
export function requireIntact(stored: DescribedObject, ours: { sizeBytes: number; checksum: number }): void {
  if (stored.sizeBytes !== ours.sizeBytes)
    throw new DamagedError(`${stored.sizeBytes} bytes are stored, ${ours.sizeBytes} are here`);
  if (stored.checksum !== null && stored.checksum !== ours.checksum)
    throw new DamagedError('the stored bytes differ from those here');
}
