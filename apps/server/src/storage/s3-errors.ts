import { S3ServiceException } from '@aws-sdk/client-s3';
import { isDiskFull } from '@hindsight/shared/error-code';
import { AppError } from '@hindsight/shared/errors';
import type { S3Config } from './s3-config.ts';
import { StorageSetupError } from './storage.port.ts';

/** These answers of the storage stay the same however often we try. */
const PERMANENT_ERRORS = new Set([
  'NoSuchBucket',
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AuthorizationHeaderMalformed',
  'PermanentRedirect',
  'CredentialsProviderError',
  // Versity S3 Gateway answers this for an unknown key.
  'XAdminUserNotFound',
  'MethodNotAllowed',
]);

/** Says whether the storage will answer the same however it is asked. */
export function isPermanent(error: unknown): boolean {
  return error instanceof Error && PERMANENT_ERRORS.has(error.name);
}

export function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NotFound');
}

/** Says whether the object has been replaced since it was first read (412 for `If-Match`). */
export function isReplaced(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412;
}

/** Says whether the requested part begins behind the object's end (416). */
export function isRangeBehindEnd(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 416;
}

/**
 * Says whether trying again later may help: after network errors, failures of the storage, or bytes damaged on the way.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof AppError || isMissing(error) || isDiskFull(error)) return false;
  return !isPermanent(error);
}

/** Returns the error that users are told. The storage's own message stays in the log. */
export function toAppError(error: unknown): Error {
  if (error instanceof AppError) return error;
  if (isMissing(error)) return new AppError('NOT_FOUND', { cause: error });
  return new AppError(isDiskFull(error) ? 'DISK_LOW' : 'STORAGE_UNAVAILABLE', { cause: error });
}

/** Returns what is wrong with the configuration when trying it out failed, and which setting to look at. */
export function toSetupError(error: unknown, config: S3Config, doing: string): StorageSetupError {
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  const where = config.endpoint ?? `AWS (${config.region})`;
  const problem = `The bucket ${config.bucket} at ${where} can not be used: ${doing} failed (${name}: ${message}).`;
  return new StorageSetupError(problem, remedyFor(name, config), { cause: error });
}

function remedyFor(name: string, { bucket, prefix }: S3Config): string {
  switch (name) {
    case 'NoSuchBucket':
    case 'NotFound':
      return `Make the bucket ${bucket}, or correct S3_BUCKET.`;
    case 'AccessDenied':
    case 'Forbidden':
    case '403':
      return `Allow the key s3:ListBucket on ${bucket}, and s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on ${bucket}/${prefix}*.`;
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'CredentialsProviderError':
    case 'XAdminUserNotFound':
      return 'Correct S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.';
    case 'AuthorizationHeaderMalformed':
    case 'PermanentRedirect':
      return 'Correct S3_REGION (and S3_ENDPOINT): the bucket is in another region.';
    case 'RequestTimeTooSkewed':
      return "Set this machine's clock: it differs from the storage's.";
    default:
      return 'Check S3_ENDPOINT (with http:// or https:// and the port), S3_PATH_STYLE, and that the storage runs and is reachable from here.';
  }
}
