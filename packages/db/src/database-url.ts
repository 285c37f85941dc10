import { resolve } from 'node:path';
import { DatabaseError } from './errors.ts';

export type DatabaseTarget =
  | { kind: 'memory' }
  | { kind: 'folder'; folder: string }
  | { kind: 'postgres'; url: string; /** user@host:port/name, fit for messages. */ label: string };

const PGLITE = 'pglite://';

/**
 * Parses a DATABASE_URL: `pglite://memory`, `pglite://<folder>` (relative to the working directory or absolute) or
 * `postgresql://…`.
 * @throws DatabaseError BAD_URL
 */
export function parseDatabaseUrl(url: string): DatabaseTarget {
  if (url === `${PGLITE}memory`) return { kind: 'memory' };
  if (url.startsWith(PGLITE)) {
    const folder = url.slice(PGLITE.length);
    if (folder === '') throw badUrl('DATABASE_URL names no folder.');
    return { kind: 'folder', folder: resolve(folder) };
  }
  if (/^postgres(ql)?:\/\//.test(url)) {
    if (!URL.canParse(url)) throw badUrl('DATABASE_URL is not a valid address.');
    const { username, host, pathname } = new URL(url);
    if (pathname.length < 2) throw badUrl('DATABASE_URL names no database.');
    const user = username === '' ? '' : `${decodeURIComponent(username)}@`;
    return { kind: 'postgres', url, label: `${user}${host}${pathname}` };
  }
  throw badUrl('DATABASE_URL names no known kind of database.');
}

function badUrl(message: string): DatabaseError {
  return new DatabaseError(
    'BAD_URL',
    message,
    'Use pglite://./data/db for the embedded database or postgresql://user:password@host:5432/name for a server.',
  );
}
