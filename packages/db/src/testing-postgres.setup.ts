import { ADMIN_URL_VARIABLE, makeServerTemplate } from './testing.ts';
import { startTestServer } from './testing-postgres.ts';

/**
 * Vitest's global set-up of the projects that run on real PostgreSQL: one server for the whole run, with a migrated
 * template that every test database is a copy of.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startTestServer({ mayBeInMemory: true });
  process.env[ADMIN_URL_VARIABLE] = server.url;
  await makeServerTemplate(server.url);
  return () => server.stop();
}
