import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { isMissing } from './s3-errors.ts';

/** What the storage says of an object. */
export interface DescribedObject {
  sizeBytes: number;
  /** CRC-32 of the whole object; null when the storage keeps none. */
  checksum: number | null;
}

/** An object isn't what was sent, or what came isn't the object. */
export class DamagedError extends Error {}

export async function describeObject(
  client: S3Client,
  object: { Bucket: string; Key: string },
  signal: AbortSignal,
): Promise<DescribedObject> {
  const { ContentLength = 0, ChecksumCRC32, ChecksumType } = await head(client, object, signal);
  // A composite one is of the parts' checksums.
  const isOfWhole =
    ChecksumCRC32 !== undefined && ChecksumType !== 'COMPOSITE' && !ChecksumCRC32.includes('-');
  return {
    sizeBytes: ContentLength,
    checksum: isOfWhole ? Buffer.from(ChecksumCRC32, 'base64').readUInt32BE() : null,
  };
}

/** Without a body, an answer doesn't say whether the object or the bucket is missing. */
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

/** @throws DamagedError */
export function requireIntact(stored: DescribedObject, ours: { sizeBytes: number; checksum: number }): void {
  if (stored.sizeBytes !== ours.sizeBytes)
    throw new DamagedError(`${stored.sizeBytes} bytes are stored, ${ours.sizeBytes} are here`);
  if (stored.checksum !== null && stored.checksum !== ours.checksum)
    throw new DamagedError('the stored bytes are others than those here');
}
