import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { DatabaseError } from '../errors.ts';

const run = promisify(execFile);

/** A user of this machine that isn't root. */
export interface Account {
  uid: number;
  gid: number;
}

/** The first of them that exists is taken: the account that packages of PostgreSQL make, or the one that owns nothing. */
const NAMES = ['postgres', 'nobody'];

/**
 * Returns the account that PostgreSQL runs as when this process is root, because PostgreSQL refuses to run as root.
 * @returns null when this process isn't root; PostgreSQL then runs as the same user
 */
export async function unprivilegedAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  for (const name of NAMES) {
    const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)]);
    if (uid !== null && gid !== null && uid !== 0) return { uid, gid };
  }
  throw new DatabaseError(
    'NO_SERVER_OF_OUR_OWN',
    `PostgreSQL does not run as root, and this machine has no account named ${NAMES.join(' or ')}.`,
    'Run Hindsight as another user, or set DATABASE_URL to a PostgreSQL server.',
  );
}

/**
 * PostgreSQL makes a database only as a user that the machine knows by name; containers may run as any number.
 * @throws DatabaseError NO_SERVER_OF_OUR_OWN when this process's user has none
 */
export function requireUserName(): void {
  try {
    userInfo();
  } catch (error) {
    const uid = process.getuid?.();
    throw new DatabaseError(
      'NO_SERVER_OF_OUR_OWN',
      `PostgreSQL makes a database only as a user with a name, and user ${uid} has none on this machine.`,
      `Give it one (useradd --uid ${uid} hindsight), run Hindsight as another user, or set DATABASE_URL to a PostgreSQL server.`,
      { cause: error },
    );
  }
}

/** Says whether the account may read a file, or enter a folder and list it. */
export function canRead(account: Account, path: string): Promise<boolean> {
  return passesTest(account, '-r', path);
}

/** Says whether the account may pass through a folder. */
export function canPass(account: Account, folder: string): Promise<boolean> {
  return passesTest(account, '-x', folder);
}

/** The kernel decides, as the account: rights also come from access lists and from how a file system is mounted. */
async function passesTest(account: Account, test: string, path: string): Promise<boolean> {
  return run('test', [test, path], { ...account, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

async function idOf(option: string, name: string): Promise<number | null> {
  try {
    return Number((await run('id', [option, name])).stdout);
  } catch {
    return null;
  }
}
