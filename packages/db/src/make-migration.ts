import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from './database.ts';
import { MIGRATIONS_DIR } from './migrations.ts';
import { diffToSchema } from './schema-diff.ts';
import { startTestServer } from './testing-postgres.ts';

// This program writes the migration that schema.prisma needs: pnpm --filter @hindsight/db migration <name>

const name = process.argv[2];
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('Give the migration a name in snake_case: pnpm --filter @hindsight/db migration add_invites');
  process.exit(2);
}

const server = await startTestServer();
const database = await openDatabase(server.url);
const script = await diffToSchema(database.pool);
await database.close();
await server.stop();

if (script === null) {
  console.log('The migrations already make what schema.prisma says; nothing was written.');
} else {
  const timestamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(MIGRATIONS_DIR, `${timestamp}_${name}`);
  await mkdir(folder);
  await writeFile(join(folder, 'migration.sql'), script);
  console.log(`Wrote ${folder}/migration.sql. Read it before you commit it.`);
}
