import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { openConfiguredDatabase, openConfiguredServer } from '@hindsight/db/own-server/configured-database';
import { DatabaseError } from '@hindsight/db/errors';
import { type Config, ConfigError, loadConfig } from '../config.ts';
import { BackupError, type BackupManifest, restoreBackup, saveBackup } from './backup.ts';

const ENV_FILE = resolve(import.meta.dirname, '../../../../.env');
const USAGE = 'node apps/server/src/backup/main.ts save|restore <folder>';

/** Saves or restores the database and storage that the server's own settings name. */
async function main(): Promise<void> {
  const [action, folder] = process.argv.slice(2);
  if ((action !== 'save' && action !== 'restore') || folder === undefined) throw new BackupError(USAGE);
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE);
  const config = loadConfig(process.env);
  const { rows, missingFiles } = await (action === 'save' ? save : restore)(config, resolve(folder));
  const count = Object.values(rows).reduce((sum, one) => sum + one, 0);
  console.log(
    `${action === 'save' ? 'Saved' : 'Restored'} ${count} rows of ${Object.keys(rows).length} tables.`,
  );
  if (missingFiles.length > 0)
    console.log(`These files did not exist and are not in the backup: ${missingFiles.join(', ')}`);
}

async function save(config: Config, folder: string): Promise<BackupManifest> {
  const { database } = await openConfiguredDatabase(config.database);
  try {
    return await saveBackup({ db: database.client, storageRoot: storageRootOf(config) }, folder);
  } finally {
    await database.close();
  }
}

async function restore(config: Config, folder: string): Promise<BackupManifest> {
  const server = await openConfiguredServer(config.database);
  try {
    return await restoreBackup({ url: server.url, storageRoot: storageRootOf(config) }, folder);
  } finally {
    await server.close();
  }
}

function storageRootOf({ storage }: Config): string | null {
  return storage.kind === 'local' ? storage.root : null;
}

try {
  await main();
} catch (error) {
  const isExplained =
    error instanceof BackupError || error instanceof ConfigError || error instanceof DatabaseError;
  console.error(isExplained ? error.message : error);
  process.exitCode = 1;
}
