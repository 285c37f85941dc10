import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createZstdDecompress } from 'node:zlib';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
/** PGlite is installed here for the tests, in the way in which the program that moves a database fetches it. */
export const READER = fileURLToPath(new URL('..', import.meta.url));

/** What the former release had acknowledged when it was killed. */
interface Acknowledged {
  messages: string[];
  clips: { id: string; status: string; title: string; sizeBytes?: number }[];
}

/**
 * Puts the database of a former release into a data folder, as `db`. The whole release wrote it, over its own API, and was killed
 * while people wrote messages and a trim was made. It has fewer migrations than this release.
 */
export async function extractFormerDatabase(dataDir: string): Promise<Acknowledged> {
  // tar stops reading at the end of the archive, so it is given a file: a pipe would break when it is quick.
  const archive = join(dataDir, 'former.tar');
  await pipeline(
    createReadStream(join(FIXTURES, 'embedded-database.tar.zst')),
    createZstdDecompress(),
    createWriteStream(archive),
  );
  await promisify(execFile)('tar', ['xf', archive, '-C', dataDir]);
  await rm(archive);
  return JSON.parse(await readFile(join(FIXTURES, 'embedded-database.json'), 'utf8')) as Acknowledged;
}

/** Lets the program that moves the database find PGlite where it would have put it, so that tests need no network. */
export async function bringReader(dataDir: string): Promise<void> {
  await mkdir(join(dataDir, 'db.moving'), { recursive: true });
  await symlink(READER, join(dataDir, 'db.moving/reader'));
}
