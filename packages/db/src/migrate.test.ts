import { PGlite } from '@electric-sql/pglite';
import { expect, test } from 'vitest';
import { diffMigrationsToSchema } from './migrate.ts';
import { PGliteAdapterFactory } from './pglite-adapter.ts';

test('the migrations make exactly what schema.prisma says', async () => {
  const pglite = await PGlite.create();
  expect(await diffMigrationsToSchema(new PGliteAdapterFactory(pglite))).toBeNull();
  await pglite.close();
});
