import type { DiskGuard } from './disk-guard.ts';
import type { Servers } from '../cluster/servers.ts';
import type { Log } from '../log.ts';
import { createLocalStorage } from './local-storage.ts';
import type { StorageConfig } from './storage-config.ts';
import type { ObjectStorage } from './storage.port.ts';

/**
 * Opens the storage that is configured, and tries it out.
 * @throws StorageSetupError when it can't be used
 */
export async function openStorage(
  config: StorageConfig,
  {
    servers,
    disk,
    log,
  }: {
    servers: Pick<Servers, 'id' | 'liveIds'>;
    disk: Pick<DiskGuard, 'requireSpace'>;
    log: Pick<Log, 'warn'>;
  },
): Promise<ObjectStorage> {
  const storage =
    config.kind === 'local'
      ? createLocalStorage({ root: config.root, servers })
      : // AWS' SDK takes 10 MiB, which only servers with a bucket need.
        (await import('./s3-storage.ts')).createS3Storage({
          config: config.s3,
          root: config.root,
          servers,
          disk,
          log,
        });
  await storage.open();
  return storage;
}
