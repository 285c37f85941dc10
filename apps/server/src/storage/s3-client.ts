import { S3Client } from '@aws-sdk/client-s3';
import { SECOND } from '@hindsight/shared/units';
import type { S3Config } from './s3-config.ts';

/** The timing says how long to wait for the storage, and how often to retry. Tests use shorter times. */
export interface S3Timing {
  connectMs: number;
  /** A request fails after this long without a byte in either direction. */
  silenceMs: number;
  /** Storing or copying a file is tried again after each of these waits. */
  retryDelaysMs: readonly number[];
  /** A broken connection is replaced after each of these waits. They are short, because somebody may be watching. */
  resumeDelaysMs: readonly number[];
}

export const DEFAULT_TIMING: S3Timing = {
  connectMs: 5 * SECOND,
  silenceMs: 20 * SECOND,
  retryDelaysMs: [0.5, 1, 2, 4, 8, 15, 30, 60, 120, 120, 120, 120].map((seconds) => seconds * SECOND),
  resumeDelaysMs: [0.1, 0.5, 1, 2].map((seconds) => seconds * SECOND),
};

/**
 * The client itself repeats a request this often within one of our tries, so that a lost packet doesn't make us send a
 * whole file again.
 */
const CLIENT_ATTEMPTS = 3;

/**
 * Creates a client.
 * @param options `endpoint` replaces the configured one; `hasChecksums` is false for a storage that takes none
 */
export function createS3Client(
  config: S3Config,
  timing: S3Timing,
  {
    endpoint = config.endpoint,
    hasChecksums = true,
  }: { endpoint?: string | null; hasChecksums?: boolean } = {},
): S3Client {
  return new S3Client({
    region: config.region,
    forcePathStyle: config.isPathStyle,
    maxAttempts: CLIENT_ATTEMPTS,
    requestHandler: { connectionTimeout: timing.connectMs, socketTimeout: timing.silenceMs },
    ...(hasChecksums
      ? {}
      : { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' }),
    ...(endpoint === null ? {} : { endpoint }),
    ...(config.credentials === null ? {} : { credentials: config.credentials }),
  });
}
