import { z } from 'zod';
import { browserOrigin, type S3Config } from './s3-config.ts';

/** The configuration says where clips are stored. */
export type StorageConfig =
  | { kind: 'local'; root: string }
  | {
      kind: 's3';
      /** Files that are not finished are in this directory on this machine. */
      root: string;
      s3: S3Config;
    };

const address = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .transform((value) => value.replace(/\/+$/, ''));
const yesNo = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');

/** These are the environment variables of the storage. `.env.example` explains each. */
export const storageVariables = {
  STORAGE: z.enum(['local', 's3'], 'must be local or s3').default('local'),
  S3_ENDPOINT: address.optional(),
  S3_PUBLIC_ENDPOINT: address.optional(),
  S3_REGION: z.string().default('us-east-1'),
  S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket: 3 to 63 of a-z, 0-9, . and -')
    .optional(),
  S3_PREFIX: z
    .string()
    .regex(
      /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*\/?$/,
      'must be a folder in the bucket, without a leading slash',
    )
    .transform((value) => `${value.replace(/\/$/, '')}/`)
    .optional(),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  S3_PATH_STYLE: yesNo.optional(),
  S3_DOWNLOADS: z.enum(['proxy', 'redirect'], 'must be proxy or redirect').default('proxy'),
};

const variablesSchema = z.object(storageVariables);
type StorageVariables = z.output<typeof variablesSchema>;

/** Reports variables that don't fit together. */
export function checkStorageVariables(
  env: StorageVariables,
  complain: (name: string, message: string) => void,
): void {
  const hasKey = env.S3_ACCESS_KEY_ID !== undefined;
  const hasSecret = env.S3_SECRET_ACCESS_KEY !== undefined;
  if (env.STORAGE === 's3' && env.S3_BUCKET === undefined)
    complain('S3_BUCKET', 'is needed with STORAGE=s3: the name of the bucket for clips');
  if (env.STORAGE === 'local' && env.S3_BUCKET !== undefined)
    complain('STORAGE', 'must be s3 for S3_BUCKET to be used; or unset S3_BUCKET');
  if (hasKey && !hasSecret) complain('S3_SECRET_ACCESS_KEY', 'is needed with S3_ACCESS_KEY_ID');
  if (hasSecret && !hasKey) complain('S3_ACCESS_KEY_ID', 'is needed with S3_SECRET_ACCESS_KEY');
  if (env.STORAGE === 's3' && env.S3_ENDPOINT !== undefined && !hasKey && !hasSecret)
    complain('S3_ACCESS_KEY_ID', 'is needed with S3_ENDPOINT (on AWS itself, the machine’s role will do)');
}

/**
 * Turns the variables into a configuration.
 * @param root the directory for all files of a local storage, or for unfinished files with S3
 */
export function toStorageConfig(env: StorageVariables, root: string): StorageConfig {
  const { S3_BUCKET: bucket, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (env.STORAGE === 'local' || bucket === undefined) return { kind: 'local', root };
  return {
    kind: 's3',
    root,
    s3: {
      endpoint: env.S3_ENDPOINT ?? null,
      publicEndpoint: env.S3_PUBLIC_ENDPOINT ?? null,
      region: env.S3_REGION,
      bucket,
      prefix: env.S3_PREFIX ?? '',
      credentials:
        accessKeyId === undefined || secretAccessKey === undefined ? null : { accessKeyId, secretAccessKey },
      // S3 servers that people run themselves seldom have a host name for each bucket.
      isPathStyle: env.S3_PATH_STYLE ?? env.S3_ENDPOINT !== undefined,
      isRedirecting: env.S3_DOWNLOADS === 'redirect',
    },
  };
}

/** Returns the origins other than the server that browsers get videos from. */
export function mediaOrigins(config: StorageConfig): string[] {
  return config.kind === 's3' && config.s3.isRedirecting ? [browserOrigin(config.s3)] : [];
}
