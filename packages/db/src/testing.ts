import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { type Database, openDatabase, pgliteDatabase } from './database.ts';
import { hashMigrations, readMigrations } from './migrations.ts';

const CACHE_DIR = fileURLToPath(new URL('../node_modules/.cache/hindsight', import.meta.url));

/** A migrated, empty database of its own for a test, which closes it. */
export async function openTestDatabase(): Promise<Database> {
  const pglite = await PGlite.create({ loadDataDir: await (template ??= readTemplate()) });
  return pgliteDatabase(pglite, () => pglite.close());
}

let template: Promise<Blob> | undefined;

/** A dump of a migrated database, made once per state of the migrations: loading it is ten times faster than making one. */
async function readTemplate(): Promise<Blob> {
  const path = join(CACHE_DIR, `${hashMigrations(await readMigrations())}.tar`);
  const cached = await readFile(path).catch(() => null);
  if (cached !== null) return new Blob([cached]);

  const database = await openDatabase('pglite://memory');
  if (database.kind !== 'pglite') throw new Error('pglite:// opens PGlite');
  await database.pglite.exec('CHECKPOINT');
  const dump = await database.pglite.dumpDataDir('none');
  await database.close();
  await mkdir(CACHE_DIR, { recursive: true });
  // Several test processes may get here at once: each writes its own file, and the last rename wins.
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, Buffer.from(await dump.arrayBuffer()));
  await rename(unfinished, path);
  return dump;
}
