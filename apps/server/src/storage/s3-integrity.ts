import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandInput,
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
export class DamagedError extends Error {}

/** @param hasChecksums is false for a storage that takes none; some of those refuse to be asked for them */
export async function describeObject(
  client: S3Client,
  object: { Bucket: string; Key: string },
  { signal, hasChecksums }: { signal: AbortSignal; hasChecksums: boolean },
): Promise<DescribedObject> {
  const asked: HeadObjectCommandInput = hasChecksums ? { ...object, ChecksumMode: 'ENABLED' } : object;
  const { ContentLength = 0, ChecksumCRC32, ChecksumType } = await head(client, asked, signal);
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
  object: HeadObjectCommandInput,
  abortSignal: AbortSignal,
): Promise<HeadObjectCommandOutput> {
  try {
    return await client.send(new HeadObjectCommand(object), { abortSignal });
  } catch (error) {
    if (isMissing(error))
      await client.send(
        new GetObjectCommand({ Bucket: object.Bucket, Key: object.Key, Range: 'bytes=0-0' }),
        { abortSignal },
      );
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
