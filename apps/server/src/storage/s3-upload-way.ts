import { S3ServiceException } from '@aws-sdk/client-s3';
import { isPermanent } from './s3-errors.ts';
import { DamagedError } from './s3-integrity.ts';

/** An upload way is how a storage verifies what it is sent. The bytes themselves are verified in each of them. */
export type UploadWay =
  /** The storage checks each part, and its own CRC-32 of the whole object is compared with ours. */
  | 'whole-checksum'
  /** The storage checks each part, but keeps no CRC-32 of the whole, so the object is read back. */
  | 'part-checksums'
  /** The storage takes no checksums at all, so the object is read back. */
  | 'no-checksums';

/** The ways, in the order in which they are tried: what costs least comes first. */
export const UPLOAD_WAYS = [
  'whole-checksum',
  'part-checksums',
  'no-checksums',
] as const satisfies UploadWay[];

/** These parameters ask for a way when an upload begins. */
export const WAY_PARAMETERS = {
  'whole-checksum': { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' },
  'part-checksums': { ChecksumAlgorithm: 'CRC32' },
  'no-checksums': {},
} as const satisfies Record<UploadWay, object>;

/** Says whether the storage may have failed because it can't do what a way asks for. */
export function mayNeedAnotherWay(error: unknown): boolean {
  if (error instanceof DamagedError) return true;
  if (!(error instanceof S3ServiceException) || isPermanent(error)) return false;
  const { httpStatusCode = 0 } = error.$metadata;
  return (httpStatusCode >= 400 && httpStatusCode < 500) || httpStatusCode === 501;
}
