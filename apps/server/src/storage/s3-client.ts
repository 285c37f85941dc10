import { S3Client } from '@aws-sdk/client-s3';
import { SECOND } from '@hindsight/shared/units';

/** An S3 bucket, or a folder of one. */
export interface S3Config {
  /** Null: AWS itself. */
  endpoint: string | null;
  /** Where browsers reach it, for addresses that they are sent to; null: as we do. */
  publicEndpoint: string | null;
  region: string;
  bucket: string;
  /** Before every key; empty, or ending with a slash. */
  prefix: string;
  /** Null: what the machine has (environment, profile, instance role). */
  credentials: { accessKeyId: string; secretAccessKey: string } | null;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. */
  isPathStyle: boolean;
  /** Whether browsers are sent to the storage for videos, or get them through the server. */
  isRedirecting: boolean;
}

/** How patient we are with the storage. All can be shorter in tests. */
export interface S3Patience {
  connectMs: number;
  /** Without a byte in either direction. */
  silenceMs: number;
  /** Waits before each further try to store or copy a file. */
  retryDelaysMs: readonly number[];
  /** Waits before going on where a connection broke; somebody may be watching. */
  resumeDelaysMs: readonly number[];
}

export const DEFAULT_PATIENCE: S3Patience = {
  connectMs: 5 * SECOND,
  silenceMs: 20 * SECOND,
  retryDelaysMs: [0.5, 1, 2, 4, 8, 15, 30, 60, 120, 120, 120, 120].map((seconds) => seconds * SECOND),
  resumeDelaysMs: [0.1, 0.5, 1, 2].map((seconds) => seconds * SECOND),
};

/** Of the client itself, within one of our tries: a dropped packet is no reason to send a whole file again. */
const CLIENT_ATTEMPTS = 3;

/** Where browsers are sent for videos. */
export function browserOrigin({ publicEndpoint, endpoint, bucket, region, isPathStyle }: S3Config): string {
  const { protocol, host } = new URL(publicEndpoint ?? endpoint ?? `https://s3.${region}.amazonaws.com`);
  return `${protocol}//${isPathStyle ? '' : `${bucket}.`}${host}`;
}

/** @param endpoint in the place of the configured one */
export function createS3Client(config: S3Config, patience: S3Patience, endpoint = config.endpoint): S3Client {
  return new S3Client({
    region: config.region,
    forcePathStyle: config.isPathStyle,
    maxAttempts: CLIENT_ATTEMPTS,
    requestHandler: { connectionTimeout: patience.connectMs, socketTimeout: patience.silenceMs },
    ...(endpoint === null ? {} : { endpoint }),
    ...(config.credentials === null ? {} : { credentials: config.credentials }),
  });
}
