import { expect, test } from 'vitest';
import { parseDatabaseUrl } from './database-url.ts';
import { DatabaseError } from './errors.ts';

test.each(['postgresql', 'postgres'])('a label names a %s:// server without its password', (scheme) => {
  const url = `${scheme}://app:s3cret@db.example:5433/hindsight?sslmode=require`;
  expect(parseDatabaseUrl(url)).toEqual({ label: 'app@db.example:5433/hindsight' });
});

test.each([
  ['', 'no PostgreSQL server'],
  ['./data/db', 'no PostgreSQL server'],
  ['mysql://app:s3cret@localhost/hindsight', 'no PostgreSQL server'],
  ['pglite://./data/db', 'an embedded database, as earlier releases had'],
  ['postgresql://', 'names no database'],
  ['postgresql://app:s3cret@localhost', 'names no database'],
  ['postgresql://app:s3cret@localhost:notaport/hindsight', 'not a valid address'],
])('refuses %j, says what is valid and does not show the password', (url, reason) => {
  const refuse = () => parseDatabaseUrl(url);
  expect(refuse).toThrow(DatabaseError);
  expect(refuse).toThrow(reason);
  expect(refuse).toThrow('postgresql://user:password@host:5432/name');
  expect(refuse).not.toThrow('s3cret');
});
