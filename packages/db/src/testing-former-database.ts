import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
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
  const tar = spawn('tar', ['x', '-C', dataDir], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(tar, 'exit');
  await pipeline(
    createReadStream(join(FIXTURES, 'embedded-database.tar.zst')),
    createZstdDecompress(),
    tar.stdin,
  );
  await ended;
  return JSON.parse(await readFile(join(FIXTURES, 'embedded-database.json'), 'utf8')) as Acknowledged;
}

/** Lets the program that moves the database find PGlite where it would have put it, so that tests need no network. */
export async function bringReader(dataDir: string): Promise<void> {
  await mkdir(join(dataDir, 'db.moving'), { recursive: true });
  await symlink(READER, join(dataDir, 'db.moving/reader'));
}
