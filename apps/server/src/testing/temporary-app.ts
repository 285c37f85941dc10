import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestDatabase } from '@hindsight/db/testing';
import { createApp, type App, type AppOverrides } from '../app.ts';
import { startPasswords } from '../auth/passwords.ts';
import { loadConfig } from '../config.ts';

/** Hundreds of accounts are made for tests, and none has anything to protect. */
const QUICK_HASHES = { memoryKib: 64, passes: 1 };

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
 * unless LOG_LEVEL is set. Passwords are hashed quickly unless others are given.
 */
export async function startTemporaryApp(
  environment: Record<string, string> = {},
  overrides: AppOverrides = {},
): Promise<TemporaryApp> {
  const dataDir = environment['DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'hindsight-app-')));
  const config = loadConfig({ PORT: '0', LOG_LEVEL: 'silent', ...environment, DATA_DIR: dataDir });
  const testDatabase =
    environment['DATABASE_URL'] === undefined ? { database: await openTestDatabase() } : undefined;
  const passwords = overrides.passwords ?? startPasswords(QUICK_HASHES);
  const app = await createApp(config, { ...testDatabase, ...overrides, passwords });
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
