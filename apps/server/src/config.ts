import { isIP } from 'node:net';
import { isAbsolute, resolve } from 'node:path';
import { GiB, MINUTE, SECOND } from '@hindsight/shared/units';
import { z } from 'zod';
import { LOG_LEVELS, type LogLevel } from './log.ts';
import type { S3Config } from './storage/s3-config.ts';
import {
  checkStorageVariables,
  storageVariables,
  toStorageConfig,
  type StorageConfig,
} from './storage/storage-config.ts';

/** The configuration holds everything the server is told from outside, read once at start. Paths are absolute. */
export interface Config {
  dataDir: string;
  http: {
    host: string;
    port: number;
    /** People type this origin, which has no trailing slash. With null it is whatever host their request names. */
    publicUrl: string | null;
    tls: { certPath: string; keyPath: string } | null;
    /** Tells whether people reach the server by https, directly or at a proxy before it. Cookies are then Secure. */
    isSecure: boolean;
    /** X-Forwarded-* headers of these reverse proxies are believed; with null, nobody's. */
    trustedProxies: TrustedProxies | null;
    /** The built web app is in this folder. */
    webDir: string;
  };
  database: {
    /** With null, the database is on a PostgreSQL server of our own. */
    url: string | null;
    /** Our own server keeps its data in this folder. */
    ownFolder: string;
  };
  storage: StorageConfig;
  buffer: {
    dir: string;
    /** The past can be captured this far back. */
    windowMs: number;
    /** Segments are kept this long: the window and a margin. */
    keepMs: number;
    /** The buffer of an ended session can still be captured for this long. */
    graceMs: number;
    segmentMs: number;
    /** A recording keeps at most this many voices at a time. */
    maxVoices: number;
  };
  recorder: { kind: 'embedded' } | { kind: 'egress'; output: EgressOutput };
  quota: { defaultBytes: number };
  auth: {
    /** With null, a secret is created at the first start and stored in the data directory. */
    jwtSecret: string | null;
  };
  livekit: {
    /** The server reaches LiveKit at this address (ws or wss). */
    url: string;
    apiKey: string;
    /** With null, a secret is created at the first start and stored in the data directory. */
    apiSecret: string | null;
    /** Tells whether browsers reach LiveKit through this server's origin. A wss address is given to them as it is. */
    isProxied: boolean;
  };
  ffmpeg: { ffmpegPath: string; ffprobePath: string };
  exports: { mayUseHardware: boolean };
  log: { level: LogLevel };
  /** The token lets its holder read the metrics. With null, only this machine may. */
  metrics: { token: string | null };
}

/**
 * Reverse proxies are known by their number, of which the nearest is on this machine or in a private network, or by their
 * addresses, networks and the names of such.
 */
export type TrustedProxies = { kind: 'number'; count: number } | { kind: 'addresses'; addresses: string[] };

/**
 * Egress writes its recordings to one of these: a folder shared with the server, by the path egress sees, or the bucket
 * of clips.
 */
type EgressOutput = { kind: 'folder'; path: string } | { kind: 's3'; s3: S3Config };

const PROJECT_ROOT = resolve(import.meta.dirname, '../../..');
const MIN_SECRET_LENGTH = 32;

const path = z.string().transform((value) => (isAbsolute(value) ? value : resolve(PROJECT_ROOT, value)));
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);
const positiveNumber = (max: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .refine((value) => value > 0 && value <= max, `must be more than 0 and at most ${max}`);
const MAX_VOICES = 50;
const voiceCount = z
  .string()
  .regex(/^\d+$/, 'must be a whole number')
  .transform(Number)
  .refine((value) => value >= 1 && value <= MAX_VOICES, `must be from 1 to ${MAX_VOICES}`);
const secret = z.string().min(MIN_SECRET_LENGTH, `must have at least ${MIN_SECRET_LENGTH} characters`);
const MAX_PROXIES = 10;
/** Fastify knows these networks by name. */
const NETWORK_NAMES: ReadonlySet<string> = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** Tells whether a text is an IP address, or a network as an address and the length of its prefix in bits. */
function isNetwork(text: string): boolean {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0 || prefix === undefined) return version !== 0;
  return Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128);
}

const trustedProxies = z.string().transform((value, context): TrustedProxies | null => {
  if (value === 'false') return null;
  if (value === 'true') return { kind: 'number', count: 1 };
  if (/^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= MAX_PROXIES)
    return { kind: 'number', count: Number(value) };
  const addresses = value.split(',').map((address) => address.trim());
  if (addresses.every((address) => NETWORK_NAMES.has(address) || isNetwork(address)))
    return { kind: 'addresses', addresses };
  const names = [...NETWORK_NAMES].join(', ');
  context.addIssue({
    code: 'custom',
    message: `must be true or false, a number of proxies (1 to ${MAX_PROXIES}), or a list of their addresses and networks (${names})`,
  });
  return z.NEVER;
});

/** These are the environment variables; all are optional. `.env.example` explains each. */
const environmentSchema = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: wholeNumber(0, 65_535).default(3000),
    PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
    TLS_CERT: path.optional(),
    TLS_KEY: path.optional(),
    TRUST_PROXY: trustedProxies.default(null),
    WEB_DIR: path.default(resolve(PROJECT_ROOT, 'apps/web/dist')),
    DATA_DIR: path.default(resolve(PROJECT_ROOT, 'data')),
    DATABASE_URL: z
      .string()
      .regex(
        /^postgres(ql)?:\/\/./,
        'must start with postgresql://; unset, a PostgreSQL server of our own is used',
      )
      .optional(),
    FILE_UPLOAD_DEST: path.optional(),
    REPLAY_STORAGE_PATH: path.optional(),
    REPLAY_BUFFER_PATH: path.optional(),
    ...storageVariables,
    REPLAY_BUFFER_DURATION_MINUTES: positiveNumber(24 * 60).default(10),
    REPLAY_CLEANUP_BUFFER_MINUTES: positiveNumber(24 * 60).optional(),
    REPLAY_GRACE_MINUTES: positiveNumber(24 * 60).default(10),
    REPLAY_SEGMENT_DURATION_SECONDS: positiveNumber(30).default(4),
    REPLAY_MAX_VOICES: voiceCount.default(12),
    RECORDER: z.enum(['embedded', 'egress'], 'must be embedded or egress').default('embedded'),
    EGRESS_OUTPUT: z.enum(['folder', 's3'], 'must be folder or s3').default('folder'),
    EGRESS_BUFFER_PATH: z.string().regex(/^\//, 'must be an absolute path').optional(),
    DEFAULT_USER_REPLAY_QUOTA_GB: positiveNumber(1_000_000).default(5),
    JWT_SECRET: secret.optional(),
    LIVEKIT_URL: z
      .url({ protocol: /^(wss?|https?)$/, error: 'must be a ws or wss address' })
      .default('ws://127.0.0.1:7880'),
    LIVEKIT_API_KEY: z.string().default('hindsight'),
    LIVEKIT_API_SECRET: secret.optional(),
    FFMPEG_PATH: z.string().default('ffmpeg'),
    FFPROBE_PATH: z.string().optional(),
    EXPORT_ENCODER: z.enum(['auto', 'x264'], 'must be auto or x264').default('auto'),
    LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
    METRICS_TOKEN: secret.optional(),
  })
  .superRefine((env, context) => {
    const complain = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: [name], message });
    if (env.TLS_CERT !== undefined && env.TLS_KEY === undefined)
      complain('TLS_KEY', 'is needed with TLS_CERT');
    if (env.TLS_KEY !== undefined && env.TLS_CERT === undefined)
      complain('TLS_CERT', 'is needed with TLS_KEY');
    checkStorageVariables(env, complain);
    if (
      env.REPLAY_CLEANUP_BUFFER_MINUTES !== undefined &&
      env.REPLAY_CLEANUP_BUFFER_MINUTES < env.REPLAY_BUFFER_DURATION_MINUTES
    )
      complain('REPLAY_CLEANUP_BUFFER_MINUTES', 'must not be less than REPLAY_BUFFER_DURATION_MINUTES');
    if (env.EGRESS_BUFFER_PATH !== undefined && env.RECORDER !== 'egress')
      complain('EGRESS_BUFFER_PATH', 'is used with RECORDER=egress only');
    if (env.EGRESS_OUTPUT === 's3') {
      if (env.RECORDER !== 'egress') complain('EGRESS_OUTPUT', 'is used with RECORDER=egress only');
      if (env.EGRESS_BUFFER_PATH !== undefined)
        complain('EGRESS_BUFFER_PATH', 'is not used with EGRESS_OUTPUT=s3: no folder is shared with egress');
      if (env.STORAGE !== 's3')
        complain('STORAGE', 'must be s3 with EGRESS_OUTPUT=s3: egress uploads to the bucket of clips');
      else if (env.S3_ACCESS_KEY_ID === undefined)
        complain('S3_ACCESS_KEY_ID', 'is needed with EGRESS_OUTPUT=s3: egress is given it');
    }
    if (env.RECORDER === 'egress' && env.LIVEKIT_API_SECRET === undefined)
      complain('LIVEKIT_API_SECRET', 'is needed with RECORDER=egress: LiveKit and egress run on their own');
  });

/** The server reads the variables with these names. @internal Tests compare what is written about them. */
export const ENVIRONMENT_NAMES: readonly string[] = Object.keys(environmentSchema.shape);

/** Lists everything that is wrong with the environment, one line for each variable. */
export class ConfigError extends Error {
  constructor(issues: readonly string[]) {
    super(`The configuration is not valid:\n${issues.map((issue) => `  ${issue}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads the configuration. A variable that is set but empty counts as not set.
 * Relative paths start at the project's root, so that it doesn't matter where the server is started from.
 * @throws ConfigError naming every variable that is wrong
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(environment)
      .map(([name, value]) => [name, value?.trim()] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success)
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`));
  const env = parsed.data;
  const filesDir = env.FILE_UPLOAD_DEST ?? resolve(env.DATA_DIR, 'files');
  const tls =
    env.TLS_CERT !== undefined && env.TLS_KEY !== undefined
      ? { certPath: env.TLS_CERT, keyPath: env.TLS_KEY }
      : null;
  const bufferDir = env.REPLAY_BUFFER_PATH ?? resolve(filesDir, 'replay-buffer');
  const storage = toStorageConfig(env, env.REPLAY_STORAGE_PATH ?? filesDir);
  const publicUrl = env.PUBLIC_URL === undefined ? null : new URL(env.PUBLIC_URL).origin;
  return {
    dataDir: env.DATA_DIR,
    http: {
      host: env.HOST,
      port: env.PORT,
      publicUrl,
      tls,
      isSecure: tls !== null || (publicUrl?.startsWith('https:') ?? false),
      trustedProxies: env.TRUST_PROXY,
      webDir: env.WEB_DIR,
    },
    database: { url: env.DATABASE_URL ?? null, ownFolder: resolve(env.DATA_DIR, 'postgres') },
    storage,
    buffer: {
      dir: bufferDir,
      windowMs: env.REPLAY_BUFFER_DURATION_MINUTES * MINUTE,
      keepMs: (env.REPLAY_CLEANUP_BUFFER_MINUTES ?? env.REPLAY_BUFFER_DURATION_MINUTES + 2) * MINUTE,
      graceMs: env.REPLAY_GRACE_MINUTES * MINUTE,
      segmentMs: env.REPLAY_SEGMENT_DURATION_SECONDS * SECOND,
      maxVoices: env.REPLAY_MAX_VOICES,
    },
    recorder:
      env.RECORDER === 'embedded'
        ? { kind: 'embedded' }
        : {
            kind: 'egress',
            output:
              env.EGRESS_OUTPUT === 's3' && storage.kind === 's3'
                ? { kind: 's3', s3: storage.s3 }
                : { kind: 'folder', path: env.EGRESS_BUFFER_PATH?.replace(/(?<=.)\/+$/, '') ?? bufferDir },
          },
    quota: { defaultBytes: Math.round(env.DEFAULT_USER_REPLAY_QUOTA_GB * GiB) },
    auth: { jwtSecret: env.JWT_SECRET ?? null },
    livekit: {
      url: env.LIVEKIT_URL.replace(/^http/, 'ws').replace(/\/$/, ''),
      apiKey: env.LIVEKIT_API_KEY,
      apiSecret: env.LIVEKIT_API_SECRET ?? null,
      isProxied: !/^(wss|https):/.test(env.LIVEKIT_URL),
    },
    ffmpeg: {
      ffmpegPath: env.FFMPEG_PATH,
      ffprobePath: env.FFPROBE_PATH ?? env.FFMPEG_PATH.replace(/ffmpeg(?=[^/\\]*$)/, 'ffprobe'),
    },
    exports: { mayUseHardware: env.EXPORT_ENCODER === 'auto' },
    log: { level: env.LOG_LEVEL },
    metrics: { token: env.METRICS_TOKEN ?? null },
  };
}
