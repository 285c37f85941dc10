// This module is apart from the client, because every server reads it, and only those with a bucket need AWS' SDK.

/** The configuration names an S3 bucket, or a folder in one. */
export interface S3Config {
  /** It is null for AWS itself. */
  endpoint: string | null;
  /** Browsers reach the storage under this address, which is used for signed URLs. It is null when it equals ours. */
  publicEndpoint: string | null;
  region: string;
  bucket: string;
  /** The prefix stands before every key. It is empty, or ends with a slash. */
  prefix: string;
  /** Null means what the machine has (environment, profile, instance role). */
  credentials: { accessKeyId: string; secretAccessKey: string } | null;
  /** It is true for `endpoint/bucket/key`, false for `bucket.endpoint/key`. */
  isPathStyle: boolean;
  /** It is true when browsers are redirected to the storage for videos, false when the server passes them on. */
  isRedirecting: boolean;
}

/** Returns the origin that browsers are redirected to for videos. */
export function browserOrigin({ publicEndpoint, endpoint, bucket, region, isPathStyle }: S3Config): string {
  const { protocol, host } = new URL(publicEndpoint ?? endpoint ?? `https://s3.${region}.amazonaws.com`);
  return `${protocol}//${isPathStyle ? '' : `${bucket}.`}${host}`;
}
