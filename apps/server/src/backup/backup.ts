import { constants } from 'node:fs';
import { access, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import { DatabaseError } from '@hindsight/db/errors';
import { knownMigrations, OtherReleaseError } from '@hindsight/db/known-migrations';
import { openSingleConnection } from '@hindsight/db/postgres';
import { fillDatabase } from '@hindsight/db/rows/fill-database';
import { hasCode } from '@hindsight/shared/error-code';
import { z } from 'zod';
import { REPLAYS_PREFIX } from '../storage/storage-key.ts';
import { restoreRows, saveRows } from './database-rows.ts';

const manifestSchema = z.object({
  savedAt: z.iso.datetime(),
  /** These are the migrations that the rows were written under. */
  migrations: z.array(z.string()).min(1),
  /** The checksum of each migration's text. Backups of former releases have none. */
  migrationChecksums: z.record(z.string(), z.string()).optional(),
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

/** The directory of clips is null when they are in a bucket, which has backups of its own. */
interface ClipFiles {
  storageRoot: string | null;
}

/**
 * Saves all rows, as they are at one moment, and then the clips that they name. It can run beside the server, if the
 * database allows two connections. The folder appears when it is complete.
 * @throws BackupError when the folder already exists
 */
export async function saveBackup(
  { db, storageRoot }: ClipFiles & { db: PrismaClient },
  folder: string,
): Promise<BackupManifest> {
  if (await exists(folder)) throw new BackupError(`${folder} already exists. Name a new folder.`);
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(join(unfinished, DATABASE), { recursive: true });

  const { rows, migrations } = await saveRows(db, join(unfinished, DATABASE));
  const manifest: BackupManifest = {
    savedAt: new Date().toISOString(),
    migrations: migrations.map(({ name }) => name),
    migrationChecksums: Object.fromEntries(migrations.map(({ name, checksum }) => [name, checksum])),
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
 * Restores a backup of this release or a former one into an empty database, and brings it up to date. Either everything is
 * restored, or the database stays as it was.
 * @param target `url`: the database, which needs no tables
 * @throws BackupError when the backup is incomplete or of a newer release, or DatabaseError when the database isn't empty or can't
 *   be reached
 */
export async function restoreBackup(
  { url, storageRoot }: ClipFiles & { url: string },
  folder: string,
): Promise<BackupManifest> {
  const manifest = await readManifest(folder);
  const migrations = await migrationsOf(manifest);
  const connection = await openSingleConnection(url);
  try {
    await fillDatabase(connection, migrations, async (run) => {
      await restoreRows(run, join(folder, DATABASE), manifest.rows);
      // Rows appear once their files are there.
      if (storageRoot !== null) await restoreFiles(folder, storageRoot);
    });
    return manifest;
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    const reason = (error as Error).message.replace(/\.$/, '');
    throw new BackupError(
      `${folder} could not be restored, and the database was left as it was: ${reason}.`,
      { cause: error },
    );
  } finally {
    await connection.close();
  }
}

async function migrationsOf({ migrations, migrationChecksums = {} }: BackupManifest) {
  const applied = migrations.map((name) => ({ name, checksum: migrationChecksums[name] ?? null }));
  return knownMigrations(applied).catch((error: unknown) => {
    if (!(error instanceof OtherReleaseError)) throw error;
    throw new BackupError(
      `The backup is of a release that this one does not know: ${error.message}. Restore it with the release that saved it, or a later one.`,
      { cause: error },
    );
  });
}

async function restoreFiles(folder: string, storageRoot: string): Promise<void> {
  const files = join(folder, REPLAYS_PREFIX);
  if (await exists(files))
    await cp(files, join(storageRoot, REPLAYS_PREFIX), { recursive: true, mode: constants.COPYFILE_FICLONE });
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
