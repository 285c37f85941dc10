import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { GiB, MINUTE, SECOND } from '@hindsight/shared/units';
import { describe, expect, it } from 'vitest';
import { ConfigError, ENVIRONMENT_NAMES, loadConfig } from './config.ts';

const PROJECT_ROOT = resolve(import.meta.dirname, '../../..');

function messageOf(environment: Record<string, string>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('loadConfig', () => {
  it('needs no variables: everything has a default', () => {
    const config = loadConfig({});
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 3000, tls: null, isSecure: false });
    expect(config.database).toEqual({ url: null, ownFolder: `${PROJECT_ROOT}/data/postgres` });
    expect(config.storage).toEqual({ kind: 'local', root: `${PROJECT_ROOT}/data/files` });
    expect(config.buffer).toEqual({
      dir: `${PROJECT_ROOT}/data/files/replay-buffer`,
      windowMs: 10 * MINUTE,
      keepMs: 12 * MINUTE,
      graceMs: 10 * MINUTE,
      segmentMs: 4 * SECOND,
      maxVoices: 12,
    });
    expect(config.quota.defaultBytes).toBe(5 * GiB);
    expect(config.livekit).toMatchObject({ url: 'ws://127.0.0.1:7880', isProxied: true });
    expect(config.ffmpeg).toEqual({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
  });

  it('treats an empty variable as not set', () => {
    expect(loadConfig({ PORT: '', JWT_SECRET: '  ' })).toEqual(loadConfig({}));
  });

  it('lists all invalid variables at once, by name', () => {
    const message = messageOf({
      PORT: '80x',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://x',
      JWT_SECRET: 'short',
      LIVEKIT_URL: 'nonsense',
      DEFAULT_USER_REPLAY_QUOTA_GB: '-1',
      TRUST_PROXY: 'maybe',
    });
    for (const name of [
      'PORT must be a whole number',
      'LOG_LEVEL ',
      'DATABASE_URL must start with',
      'JWT_SECRET must have at least 32 characters',
      'LIVEKIT_URL must be a ws or wss address',
      'DEFAULT_USER_REPLAY_QUOTA_GB must be a number',
      'TRUST_PROXY must be true or false',
    ])
      expect(message).toContain(name);
  });

  it('never repeats a secret in its errors', () => {
    expect(messageOf({ JWT_SECRET: 'hunter2' })).not.toContain('hunter2');
  });

  it.each([
    [{ TLS_CERT: '/c.pem' }, 'TLS_KEY is needed with TLS_CERT'],
    [{ TLS_KEY: '/k.pem' }, 'TLS_CERT is needed with TLS_KEY'],
    [
      { REPLAY_BUFFER_DURATION_MINUTES: '20', REPLAY_CLEANUP_BUFFER_MINUTES: '12' },
      'REPLAY_CLEANUP_BUFFER_MINUTES must not be less than REPLAY_BUFFER_DURATION_MINUTES',
    ],
    [{ EXPORT_ENCODER: 'nvenc' }, 'EXPORT_ENCODER must be auto or x264'],
    [{ REPLAY_MAX_VOICES: '0' }, 'REPLAY_MAX_VOICES must be from 1 to 50'],
    [{ REPLAY_MAX_VOICES: '2.5' }, 'REPLAY_MAX_VOICES must be a whole number'],
    [{ STORAGE: 's3' }, 'S3_BUCKET is needed with STORAGE=s3'],
    [{ STORAGE: 's3', S3_BUCKET: 'Clips!' }, 'S3_BUCKET must be the name of a bucket'],
    [{ STORAGE: 's3', S3_BUCKET: 'clips', S3_PREFIX: '/x' }, 'S3_PREFIX must be a folder in the bucket'],
    [{ S3_BUCKET: 'clips' }, 'STORAGE must be s3'],
    [
      { STORAGE: 's3', S3_BUCKET: 'clips', S3_ACCESS_KEY_ID: 'a' },
      'S3_SECRET_ACCESS_KEY is needed with S3_ACCESS_KEY_ID',
    ],
    [
      { STORAGE: 's3', S3_BUCKET: 'clips', S3_ENDPOINT: 'http://minio:9000' },
      'S3_ACCESS_KEY_ID is needed with S3_ENDPOINT',
    ],
    [
      { STORAGE: 's3', S3_BUCKET: 'clips', S3_ENDPOINT: 'minio:9000' },
      'S3_ENDPOINT must be an http or https',
    ],
    [{ RECORDER: 'obs' }, 'RECORDER must be embedded or egress'],
    [{ RECORDER: 'egress' }, 'LIVEKIT_API_SECRET is needed with RECORDER=egress'],
    [{ EGRESS_BUFFER_PATH: '/out' }, 'EGRESS_BUFFER_PATH is used with RECORDER=egress only'],
    [{ EGRESS_OUTPUT: 's3' }, 'EGRESS_OUTPUT is used with RECORDER=egress only'],
    [{ RECORDER: 'egress', EGRESS_OUTPUT: 's3' }, 'STORAGE must be s3 with EGRESS_OUTPUT=s3'],
    [
      { RECORDER: 'egress', EGRESS_OUTPUT: 's3', STORAGE: 's3', S3_BUCKET: 'clips' },
      'S3_ACCESS_KEY_ID is needed with EGRESS_OUTPUT=s3',
    ],
    [
      { RECORDER: 'egress', EGRESS_OUTPUT: 's3', EGRESS_BUFFER_PATH: '/out' },
      'EGRESS_BUFFER_PATH is not used with EGRESS_OUTPUT=s3',
    ],
    [{ RECORDER: 'egress', EGRESS_BUFFER_PATH: 'out' }, 'EGRESS_BUFFER_PATH must be an absolute path'],
  ])('refuses %o: %s', (environment, complaint) => {
    expect(messageOf(environment)).toContain(complaint);
  });

  it('uses AWS and its addresses of buckets, unless another S3 is configured', () => {
    const bucket = { STORAGE: 's3', S3_BUCKET: 'clips' };
    expect(loadConfig(bucket).storage).toEqual({
      kind: 's3',
      root: `${PROJECT_ROOT}/data/files`,
      s3: {
        ...{ endpoint: null, publicEndpoint: null, region: 'us-east-1', bucket: 'clips', prefix: '' },
        ...{ credentials: null, isPathStyle: false, isRedirecting: false },
      },
    });
    const own = {
      ...bucket,
      S3_ENDPOINT: 'http://minio:9000/',
      S3_PREFIX: 'hindsight',
      S3_ACCESS_KEY_ID: 'key',
      S3_SECRET_ACCESS_KEY: 'hunter2',
      S3_DOWNLOADS: 'redirect',
    };
    expect(loadConfig(own).storage).toMatchObject({
      s3: {
        ...{ endpoint: 'http://minio:9000', prefix: 'hindsight/', isPathStyle: true, isRedirecting: true },
        credentials: { accessKeyId: 'key', secretAccessKey: 'hunter2' },
      },
    });
  });

  it('keeps two minutes more than the window by default', () => {
    expect(loadConfig({ REPLAY_BUFFER_DURATION_MINUTES: '20' }).buffer.keepMs).toBe(22 * MINUTE);
  });

  it('reads the address of a database', () => {
    const url = 'postgresql://a:b@host/db';
    expect(loadConfig({ DATABASE_URL: url }).database.url).toBe(url);
  });

  it('refuses the embedded database of earlier releases, and says what there is instead', () => {
    expect(() => loadConfig({ DATABASE_URL: 'pglite://./data/db' })).toThrow(
      'DATABASE_URL must start with postgresql://; unset, a PostgreSQL server of our own is used',
    );
  });

  it.each([
    ['false', null],
    ['true', { kind: 'number', count: 1 }],
    ['2', { kind: 'number', count: 2 }],
    ['loopback', { kind: 'addresses', addresses: ['loopback'] }],
    [
      '10.0.0.0/8, fd00::/8,192.0.2.1',
      { kind: 'addresses', addresses: ['10.0.0.0/8', 'fd00::/8', '192.0.2.1'] },
    ],
  ])('trusts the proxies %s', (value, expected) => {
    expect(loadConfig({ TRUST_PROXY: value }).http.trustedProxies).toEqual(expected);
  });

  it.each([
    '0',
    '11',
    '-1',
    'proxy.example',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '::/129',
    'loopback,',
    '10.0.0.0/8/8',
  ])('refuses the proxies %s', (value) => {
    expect(messageOf({ TRUST_PROXY: value })).toContain(
      'TRUST_PROXY must be true or false, a number of proxies',
    );
  });

  it('counts an https address or a certificate as secure', () => {
    expect(loadConfig({ PUBLIC_URL: 'https://replay.example/' }).http).toMatchObject({
      publicUrl: 'https://replay.example',
      isSecure: true,
    });
    expect(loadConfig({ TLS_CERT: 'c.pem', TLS_KEY: 'k.pem' }).http).toMatchObject({
      tls: { certPath: `${PROJECT_ROOT}/c.pem`, keyPath: `${PROJECT_ROOT}/k.pem` },
      isSecure: true,
    });
  });

  it('gives browsers a wss LiveKit and proxies any other', () => {
    expect(loadConfig({ LIVEKIT_URL: 'wss://x.livekit.cloud' }).livekit).toMatchObject({
      url: 'wss://x.livekit.cloud',
      isProxied: false,
    });
    expect(loadConfig({ LIVEKIT_URL: 'http://livekit:7880/' }).livekit).toMatchObject({
      url: 'ws://livekit:7880',
      isProxied: true,
    });
  });

  it('lets egress upload to the bucket of clips when no folder is shared', () => {
    const bucket = {
      STORAGE: 's3',
      S3_BUCKET: 'clips',
      S3_ACCESS_KEY_ID: 'key',
      S3_SECRET_ACCESS_KEY: 'secret',
    };
    const LIVEKIT_API_SECRET = 'secret'.repeat(8);
    const { recorder, storage } = loadConfig({
      ...{ RECORDER: 'egress', EGRESS_OUTPUT: 's3', LIVEKIT_API_SECRET },
      ...bucket,
    });
    expect(storage).toMatchObject({ kind: 's3', s3: { bucket: 'clips' } });
    expect(recorder).toEqual({
      kind: 'egress',
      output: { kind: 's3', s3: storage.kind === 's3' ? storage.s3 : null },
    });
  });

  it('uses the embedded recorder unless LiveKit Egress is configured, which may see the buffer at another path', () => {
    const LIVEKIT_API_SECRET = 's'.repeat(32);
    const egress = { RECORDER: 'egress', LIVEKIT_API_SECRET };
    expect(loadConfig({}).recorder).toEqual({ kind: 'embedded' });
    expect(loadConfig({ ...egress, REPLAY_BUFFER_PATH: '/buffer' }).recorder).toEqual({
      kind: 'egress',
      output: { kind: 'folder', path: '/buffer' },
    });
    expect(loadConfig({ ...egress, EGRESS_BUFFER_PATH: '/out/' }).recorder).toEqual({
      kind: 'egress',
      output: { kind: 'folder', path: '/out' },
    });
  });

  it('looks for ffprobe next to ffmpeg', () => {
    expect(loadConfig({ FFMPEG_PATH: '/opt/ffmpeg/bin/ffmpeg' }).ffmpeg.ffprobePath).toBe(
      '/opt/ffmpeg/bin/ffprobe',
    );
  });

  it('lets exports use hardware encoders until it is told not to', () => {
    expect(loadConfig({}).exports.mayUseHardware).toBe(true);
    expect(loadConfig({ EXPORT_ENCODER: 'x264' }).exports.mayUseHardware).toBe(false);
  });
});

describe('.env.example', () => {
  it('names every variable of the server', async () => {
    const example = await readFile(resolve(PROJECT_ROOT, '.env.example'), 'utf8');
    const named = new Set([...example.matchAll(/^#?\s*([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name));
    expect(ENVIRONMENT_NAMES.filter((name) => !named.has(name))).toEqual([]);
  });
});
