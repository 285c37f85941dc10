import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test as base } from '@playwright/test';
import { makeDataDir, startApp, type AppRig } from './app.ts';
import { Person } from './person.ts';

interface Fixtures {
  /** Somebody new with an account. */
  newcomer: (name: string) => Promise<Person>;
  /** A folder for downloads. */
  folder: string;
}

interface Shared {
  /** One Hindsight for all tests that don't mind each other. */
  app: AppRig;
}

export const test = base.extend<Fixtures, Shared>({
  app: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads what a fixture needs from this pattern.
    async ({}, use) => {
      const { dataDir, remove } = await makeDataDir();
      const app = await startApp(dataDir);
      await use(app);
      await app.stop();
      await remove();
    },
    { scope: 'worker', timeout: 200_000 },
  ],

  newcomer: async ({ app, browser }, use) => {
    const people: Person[] = [];
    await use(async (name) => {
      const person = await Person.arrive(browser, app.url, name);
      people.push(person);
      await person.register();
      return person;
    });
    for (const person of people) await person.leave();
  },

  // oxlint-disable-next-line no-empty-pattern -- as above
  folder: async ({}, use) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'hindsight-clips-'));
    await use(folder);
    await rm(folder, { recursive: true });
  },
});

export { expect } from '@playwright/test';
