import { dirname, join, resolve } from 'node:path';
import { DatabaseError } from '../errors.ts';
import { openOwnServer } from '../own-server/own-server.ts';
import { moveEmbeddedDatabase } from './move.ts';

// This program moves the database that a former release kept in a folder to the PostgreSQL server that DATABASE_URL names, or to
// our own server, which has its folder beside the old one: node main.ts <folder>

const [argument] = process.argv.slice(2);

function fail(error: unknown): never {
  console.error(error instanceof DatabaseError ? error.message : error);
  process.exit(1);
}
// A damaged database can make PGlite throw where nobody waits for it.
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

/** Runs `work` with the address of the database that the old one moves to. */
async function withTarget<T>(folder: string, work: (url: string) => Promise<T>): Promise<T> {
  const url = process.env['DATABASE_URL'];
  if (url) return work(url);
  const server = await openOwnServer(join(dirname(folder), 'postgres'));
  try {
    return await work(server.url);
  } finally {
    await server.close();
  }
}

try {
  if (argument === undefined) {
    const usage = 'node packages/db/src/move-embedded/main.ts <folder>';
    throw new DatabaseError('FOLDER_UNUSABLE', 'Which database is to be moved?', usage);
  }
  const folder = resolve(argument);
  const kept = await withTarget(folder, (url) => moveEmbeddedDatabase({ folder, url, say: console.log }));
  console.log(
    kept === null
      ? `${folder} holds no database of a former release; there is nothing to move.`
      : `The old database is kept in ${kept}. Delete it when you have seen that everything is there.`,
  );
} catch (error) {
  fail(error);
}
