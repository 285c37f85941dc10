import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { RunSql } from '../rows/table-rows.ts';

const run = promisify(execFile);

const PACKAGE = '@electric-sql/pglite';
/** Every former release had this version. Its data folders are those of PostgreSQL 18 on a 32-bit machine, which no other opens. */
const VERSION = '0.5.16';
const INTEGRITY =
  'sha512-Nj8KcIsJL748W408U2N8q4+9IlONdpRIU8MJypIAAINMJ5nqKyqpX7Mgg/5XKkXiAib3AoZGR6hnJFlrlLBrcg==';

/** What is used of PGlite, which isn't installed when this program is compiled. */
interface PGlite {
  query(sql: string, parameters?: unknown[]): Promise<{ rows: unknown[] }>;
  close(): Promise<void>;
}

/** The package could not be fetched. The message has npm's own words. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  readonly remedy: string;

  constructor(folder: string, cause: unknown) {
    super(`${PACKAGE} ${VERSION}, which reads it, could not be fetched: ${wordsOf(cause)}`, { cause });
    this.remedy = `Make the npm registry reachable and start again. Without a network: run "npm install ${PACKAGE}@${VERSION}" in an empty folder of another machine, copy that folder to ${folder} and start again.`;
  }
}

/**
 * Fetches PGlite, which reads the folders of former releases, unless the folder already holds it. It is no dependency, because few
 * installations ever need it, once.
 * @throws FetchError
 */
export async function fetchReader(folder: string): Promise<void> {
  if ((await versionIn(folder)) === VERSION) return;
  const unfinished = `${folder}.fetching`;
  await rm(unfinished, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const dependencies = { [PACKAGE]: VERSION };
  // npm compares what it fetches with the hash in the lock file. Without an address there it asks the registry that is set up.
  const lock = {
    name: 'reader',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { dependencies },
      [`node_modules/${PACKAGE}`]: { version: VERSION, integrity: INTEGRITY },
    },
  };
  await writeFile(join(unfinished, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await writeFile(join(unfinished, 'package-lock.json'), JSON.stringify(lock));
  try {
    // The cache is a folder of our own, because a server's account may have no home.
    await run(
      'npm',
      ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--cache', join(unfinished, 'cache')],
      { cwd: unfinished },
    );
    await rm(join(unfinished, 'cache'), { recursive: true, force: true });
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw new FetchError(folder, error);
  }
}

/**
 * Opens a copy of an embedded database with the reader in a folder. PGlite writes to what it opens, so the original must not be
 * given to it.
 */
export async function openEmbedded(
  readerFolder: string,
  copy: string,
): Promise<{ run: RunSql; close(): Promise<void> }> {
  const entry = pathToFileURL(join(packageIn(readerFolder), 'dist/index.js'));
  const { PGlite } = (await import(entry.href)) as { PGlite: { create(folder: string): Promise<PGlite> } };
  const pglite = await PGlite.create(copy);
  return {
    run: async <Row>(sql: string, parameters: readonly unknown[] = []) =>
      (await pglite.query(sql, [...parameters])).rows as Row[],
    close: () => pglite.close(),
  };
}

function packageIn(folder: string): string {
  return join(folder, 'node_modules', PACKAGE);
}

async function versionIn(folder: string): Promise<unknown> {
  const text = await readFile(join(packageIn(folder), 'package.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { version?: unknown }).version;
}

function wordsOf(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  return stderr?.trim() || message;
}
