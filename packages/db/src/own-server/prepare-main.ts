import { DatabaseError } from '../errors.ts';
import { lockFolder } from '../folder-lock.ts';
import { requireWritableParent } from './database-folder.ts';
import { inUse, prepareOwnServer } from './prepare.ts';

// `npm start` runs this program before it starts PostgreSQL: `node prepare-main.ts <folder>` prints one line of JSON, which
// says what to start (a Launch). It is for another program only, because the line contains the password.

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));

try {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('node prepare-main.ts <folder>');
  await requireWritableParent(folder);
  const lock = await lockFolder(folder);
  if (lock.isTaken) throw inUse(folder, lock.holder);
  try {
    const launch = await prepareOwnServer(folder, stopping.signal);
    process.stdout.write(`${JSON.stringify(launch)}\n`);
  } finally {
    await lock.release();
  }
} catch (error) {
  const isForPeople = error instanceof DatabaseError || stopping.signal.aborted;
  process.stderr.write(`${isForPeople ? (error as Error).message : (error as Error).stack}\n`);
  process.exitCode = 1;
}
