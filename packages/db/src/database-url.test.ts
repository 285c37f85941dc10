import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDatabaseUrl } from './database-url.ts';
import { DatabaseError } from './errors.ts';

describe('parseDatabaseUrl understands', () => {
  test.each([
    ['pglite://memory', { kind: 'memory' }],
    ['pglite://./data/db', { kind: 'folder', folder: join(process.cwd(), 'data/db') }],
    ['pglite:///var/lib/hindsight/db', { kind: 'folder', folder: resolve('/var/lib/hindsight/db') }],
    ['pglite:///srv/my data/100%', { kind: 'folder', folder: resolve('/srv/my data/100%') }],
  ])('%s', (url, target) => {
    expect(parseDatabaseUrl(url)).toEqual(target);
  });

  test.each(['postgresql', 'postgres'])('%s:// and keeps the password out of its label', (scheme) => {
    const url = `${scheme}://app:s3cret@db.example:5433/hindsight?sslmode=require`;
    expect(parseDatabaseUrl(url)).toEqual({ kind: 'postgres', url, label: 'app@db.example:5433/hindsight' });
  });
});

test.each([
  ['', 'no known kind'],
  ['./data/db', 'no known kind'],
  ['mysql://app:s3cret@localhost/hindsight', 'no known kind'],
  ['pglite://', 'names no folder'],
  ['postgresql://', 'names no database'],
  ['postgresql://app:s3cret@localhost', 'names no database'],
  ['postgresql://app:s3cret@localhost:notaport/hindsight', 'not a valid address'],
])('refuses %j, names the valid forms and does not show the password', (url, reason) => {
  const refuse = () => parseDatabaseUrl(url);
  expect(refuse).toThrow(DatabaseError);
  expect(refuse).toThrow(reason);
  expect(refuse).toThrow('postgresql://user:password@host:5432/name');
  expect(refuse).not.toThrow('s3cret');
});
