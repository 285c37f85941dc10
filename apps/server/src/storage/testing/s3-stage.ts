import { startS3, type S3Rig } from '@hindsight/rig/servers/s3';
import { AppError } from '@hindsight/shared/errors';
import type { S3Timing } from '../s3-client.ts';
import type { S3Config } from '../s3-config.ts';
import { loneServer } from '../../cluster/testing/lone-server.ts';
import { createS3Storage } from '../s3-storage.ts';
import type { ObjectStorage } from '../storage.port.ts';
import { startFaultyProxy, type FaultyProxy } from './faulty-proxy.ts';

/** The times are long enough for a busy machine, and short enough for tests that wait for their end. */
const SHORT_TIMING: S3Timing = {
  connectMs: 5000,
  silenceMs: 10_000,
  retryDelaysMs: [20, 50, 100],
  resumeDelaysMs: [20, 50, 100],
};

/** The log keeps warnings for tests to read. */
interface HeardLog {
  warn(fields: object, message: string): void;
  lines: { fields: object; message: string }[];
}

/** The stage has a real S3 server, behind a proxy that can make requests fail. */
export interface S3Stage {
  rig: S3Rig;
  proxy: FaultyProxy;
  log: HeardLog;
  /** Returns the configuration of a storage behind the proxy. */
  config(change?: Partial<S3Config>): S3Config;
  /** Creates a storage behind the proxy. It isn't opened. */
  create(
    root: string,
    options?: { change?: Partial<S3Config>; timing?: Partial<S3Timing>; freeBytes?: number },
  ): ObjectStorage;
  stop(): Promise<void>;
}

export async function startS3Stage(): Promise<S3Stage> {
  const rig = await startS3();
  const proxy = await startFaultyProxy(rig.endpoint);
  const lines: HeardLog['lines'] = [];
  const log: HeardLog = { lines, warn: (fields, message) => lines.push({ fields, message }) };
  const config = (change: Partial<S3Config> = {}): S3Config => ({
    endpoint: proxy.endpoint,
    publicEndpoint: null,
    region: 'us-east-1',
    bucket: rig.bucket,
    prefix: 'hindsight/',
    credentials: { accessKeyId: rig.accessKeyId, secretAccessKey: rig.secretAccessKey },
    isPathStyle: true,
    isRedirecting: false,
    ...change,
  });
  return {
    rig,
    proxy,
    log,
    config,
    create: (root, { change, timing, freeBytes = Number.MAX_SAFE_INTEGER } = {}) =>
      createS3Storage({
        config: config(change),
        root,
        servers: loneServer(),
        disk: {
          async requireSpace(bytes) {
            if (bytes > freeBytes) throw new AppError('DISK_LOW');
          },
        },
        log,
        timing: { ...SHORT_TIMING, ...timing },
        // A page holds fewer objects than a test lists.
        pageSize: 3,
      }),
    async stop() {
      await proxy.stop();
      await rig.stop();
    },
  };
}
