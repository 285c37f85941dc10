import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Account } from './account.ts';
import { writeDurably } from './durable-file.ts';

/** The superuser of the server of our own, and the database it has for the app. */
export const ROLE = 'hindsight';
export const DATABASE = 'hindsight';

/** Says beside which folder the password is kept. Only this process's user can read it. */
export function passwordFile(folder: string): string {
  return join(dirname(folder), 'postgres-password');
}

/** Returns the password, which is made at the first start and when its file has gone. */
export async function readOrCreatePassword(folder: string): Promise<string> {
  const file = passwordFile(folder);
  const known = (await readFile(file, 'utf8').catch(missing)).trim();
  if (known !== '') return known;
  const password = randomBytes(32).toString('base64url');
  await writeDurably(file, `${password}\n`, null);
  return password;
}

/** The file in a database folder that tells which password its role has, without telling the password: it has 256 random bits. */
const recordOf = (folder: string) => join(folder, 'hindsight-password.sha256');

const hashOf = (password: string) => `${createHash('sha256').update(password).digest('hex')}\n`;

/** Says whether the role of that database has this password. */
export async function hasPassword(folder: string, password: string): Promise<boolean> {
  return (await readFile(recordOf(folder), 'utf8').catch(missing)) === hashOf(password);
}

export async function recordPassword(
  folder: string,
  password: string,
  account: Account | null,
): Promise<void> {
  await writeDurably(recordOf(folder), hashOf(password), account);
}

export function setPasswordSql(password: string): string {
  return `ALTER ROLE ${ROLE} PASSWORD '${password.replaceAll("'", "''")}';\n`;
}

function missing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}
