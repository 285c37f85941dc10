import { constants } from 'node:fs';
import { access, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import { hasCode } from '@hindsight/shared/error-code';
import { z } from 'zod';
import { REPLAYS_PREFIX } from '../storage/storage-key.ts';
import { appliedMigrations, isEmpty, restoreRows, saveRows } from './database-rows.ts';

const manifestSchema = z.object({
  savedAt: z.iso.datetime(),
  migrations: z.array(z.string()),
  rows: z.record(z.string(), z.number()),
  /** These stored objects are named by rows but didn't exist: they were deleted at that moment, or lost before. */
  missingFiles: z.array(z.string()),
});
export type BackupManifest = z.infer<typeof manifestSchema>;

const MANIFEST = 'backup.json';
const DATABASE = 'database';

/** A backup can't be made or restored. The message says why, and what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/**
 * The backup covers a database and the directory of its clips. The directory is null when clips are in a bucket, which
 * has backups of its own.
 */
export interface BackedUp {
  db: PrismaClient;
  storageRoot: string | null;
}

/**
 * Saves all rows, as they are at one moment, and then the clips that they name. It can run beside the server, if the
 * database allows two connections. The folder appears when it is complete.
 * @throws BackupError when the folder already exists
 */
export async function saveBackup({ db, storageRoot }: BackedUp, folder: string): Promise<BackupManifest> {
  if (await exists(folder)) throw new BackupError(`${folder} already exists. Name a new folder.`);
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(join(unfinished, DATABASE), { recursive: true });

  const rows = await saveRows(db, join(unfinished, DATABASE));
  const manifest: BackupManifest = {
    savedAt: new Date().toISOString(),
    migrations: await appliedMigrations(db),
    rows,
    missingFiles: storageRoot === null ? [] : await copyFiles(db, storageRoot, unfinished),
  };
  await writeFile(join(unfinished, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(unfinished, folder);
  return manifest;
}

/** Copies files after the rows were saved, because each clip that the rows name has been written by then. */
async function copyFiles(db: PrismaClient, storageRoot: string, folder: string): Promise<string[]> {
  const missing: string[] = [];
  for (const { storageKey } of await db.file.findMany({ select: { storageKey: true } })) {
    try {
      // The copy shares blocks with the original where the file system can.
      await cp(join(storageRoot, storageKey), join(folder, storageKey), { mode: constants.COPYFILE_FICLONE });
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      missing.push(storageKey);
    }
  }
  return missing;
}

/**
 * Restores a backup into an empty instance of the same release. Its database may be of the other kind.
 * @throws BackupError when the database isn't empty, or has other migrations; nothing is changed then
 */
export async function restoreBackup({ db, storageRoot }: BackedUp, folder: string): Promise<BackupManifest> {
  const manifest = await readManifest(folder);
  const migrations = await appliedMigrations(db);
  if (JSON.stringify(migrations) !== JSON.stringify(manifest.migrations))
    throw new BackupError(
      'The backup is of another release. Restore it with the release that saved it, then upgrade.',
    );
  if (!(await isEmpty(db)))
    throw new BackupError('The database is not empty. Restore into a new one (DATABASE_URL, DATA_DIR).');
  const files = join(folder, REPLAYS_PREFIX);
  if (storageRoot !== null && (await exists(files)))
    await cp(files, join(storageRoot, REPLAYS_PREFIX), { recursive: true, mode: constants.COPYFILE_FICLONE });
  await restoreRows(db, join(folder, DATABASE));
  return manifest;
}

async function readManifest(folder: string): Promise<BackupManifest> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')));
  } catch (error) {
    throw new BackupError(`${folder} is not a complete backup.`, { cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
