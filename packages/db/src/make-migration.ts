import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { applyMigrations, diffToSchema } from './migrate.ts';
import { MIGRATIONS_DIR } from './migrations.ts';
import { pgliteAdapter } from './pglite-adapter.ts';

// This program writes the migration that schema.prisma needs: pnpm --filter @hindsight/db migration <name>

const name = process.argv[2];
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('Give the migration a name in snake_case: pnpm --filter @hindsight/db migration add_invites');
  process.exit(2);
}

const pglite = await PGlite.create();
const adapterFactory = pgliteAdapter(pglite);
await applyMigrations(adapterFactory);
const script = await diffToSchema(adapterFactory);
await pglite.close();

if (script === null) {
  console.log('The migrations already make what schema.prisma says; nothing was written.');
} else {
  const timestamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(MIGRATIONS_DIR, `${timestamp}_${name}`);
  await mkdir(folder);
  await writeFile(join(folder, 'migration.sql'), script);
  console.log(`Wrote ${folder}/migration.sql. Read it before you commit it.`);
}
