import { ADMIN_URL_VARIABLE, makeTemplate } from './testing.ts';
import { startTestServer } from './testing-postgres.ts';

/**
 * This is vitest's global set-up of the projects that need a database: one PostgreSQL server for the whole run, with a migrated
 * template that every test database is a copy of.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startTestServer({ mayBeInMemory: true });
  process.env[ADMIN_URL_VARIABLE] = server.url;
  await makeTemplate(server.url);
  return () => server.stop();
}
