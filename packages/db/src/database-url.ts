import { DatabaseError } from './errors.ts';

/**
 * Checks a DATABASE_URL.
 * @param url `postgresql://user:password@host:port/name`
 * @returns user@host:port/name as `label`, fit for messages
 * @throws DatabaseError BAD_URL
 */
export function parseDatabaseUrl(url: string): { label: string } {
  if (url.startsWith('pglite:'))
    throw badUrl('DATABASE_URL names an embedded database, as earlier releases had.');
  if (!/^postgres(ql)?:\/\//.test(url)) throw badUrl('DATABASE_URL names no PostgreSQL server.');
  if (!URL.canParse(url)) throw badUrl('DATABASE_URL is not a valid address.');
  const { username, host, pathname } = new URL(url);
  if (pathname.length < 2) throw badUrl('DATABASE_URL names no database.');
  const user = username === '' ? '' : `${decodeURIComponent(username)}@`;
  return { label: `${user}${host}${pathname}` };
}

function badUrl(message: string): DatabaseError {
  return new DatabaseError(
    'BAD_URL',
    message,
    'Use postgresql://user:password@host:5432/name, or leave it unset for a PostgreSQL server of our own.',
  );
}
