import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test as base } from '@playwright/test';
import { copyDatabase, startApp, withDatabase, type AppRig } from './app.ts';
import { Person } from './person.ts';

interface Fixtures {
  /** The test has this folder to itself. */
  folder: string;
  /** Starts a Hindsight for this test alone, with its data in the test's folder. It ends with the test. */
  startOwnApp: (settings?: Record<string, string>) => Promise<AppRig>;
  /** Opens an app as a new person, whose browser is closed with the test. */
  visitor: (app: AppRig, name: string) => Promise<Person>;
  /** Creates a new person with an account in the shared app. */
  newcomer: (name: string) => Promise<Person>;
}

interface SharedFixtures {
  /** All tests that do not disturb each other share this Hindsight. */
  app: AppRig;
  /** This data directory has only a new database, which takes seconds to make. Apps of single tests begin with a copy. */
  newDatabase: string;
}

/** Creates a folder, passes it on, and removes it in any case. */
async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hindsight-e2e-'));
  // PostgreSQL runs as another user when this is root.
  await chmod(folder, 0o755);
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/* oxlint-disable no-empty-pattern -- Playwright reads what a fixture needs from this pattern. */
export const test = base.extend<Fixtures, SharedFixtures>({
  app: [
    async ({}, use) => {
      await withFolder(async (dataDir) => {
        const app = await startApp(dataDir);
        await use(app);
        await app.stop();
      });
    },
    { scope: 'worker', timeout: 200_000 },
  ],

  newDatabase: [
    async ({}, use) => {
      await withFolder(async (dataDir) => {
        await withDatabase(dataDir, async () => undefined);
        await use(dataDir);
      });
    },
    { scope: 'worker', timeout: 200_000 },
  ],

  folder: async ({}, use) => withFolder(use),

  startOwnApp: async ({ folder, newDatabase }, use) => {
    const apps: AppRig[] = [];
    const dataDir = path.join(folder, 'data');
    await copyDatabase(newDatabase, dataDir);
    await use(async (settings) => {
      const app = await startApp(dataDir, settings);
      apps.push(app);
      return app;
    });
    for (const app of apps) await app.stop();
  },

  visitor: async ({ browser }, use) => {
    const people: Person[] = [];
    await use(async (app, name) => {
      const person = await Person.arrive(browser, app.url, name);
      people.push(person);
      return person;
    });
    for (const person of people) await person.leave();
  },

  newcomer: async ({ app, visitor }, use) => {
    await use(async (name) => {
      const person = await visitor(app, name);
      await person.register();
      return person;
    });
  },
});

export { expect } from '@playwright/test';
