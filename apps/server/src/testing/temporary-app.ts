import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestDatabase } from '@hindsight/db/testing';
import { createApp, type App, type AppOverrides } from '../app.ts';
import { loadConfig } from '../config.ts';

export interface TemporaryApp {
  app: App;
  origin: string;
  dataDir: string;
  /** Closes the app and removes its data. */
  remove(): Promise<void>;
}

/**
 * Starts the real app on a free port. Its data is in a temporary folder unless DATA_DIR is given, and its database on the tests'
 * server unless DATABASE_URL is given; when that is empty, the app has a server of its own, as under `npm start`. Logs are silent
 * unless LOG_LEVEL is set.
 */
export async function startTemporaryApp(
  environment: Record<string, string> = {},
  overrides: AppOverrides = {},
): Promise<TemporaryApp> {
  const dataDir = environment['DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'hindsight-app-')));
  const config = loadConfig({ PORT: '0', LOG_LEVEL: 'silent', ...environment, DATA_DIR: dataDir });
  const testDatabase =
    environment['DATABASE_URL'] === undefined ? { database: await openTestDatabase() } : undefined;
  const app = await createApp(config, { ...testDatabase, ...overrides });
  return {
    app,
    origin: await app.listen(),
    dataDir,
    async remove() {
      await app.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
