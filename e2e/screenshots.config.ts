import { defineConfig } from '@playwright/test';
import tests from './playwright.config.ts';

/** This takes pictures for the documentation. It is not a test and may take longer. */
export default defineConfig({
  ...tests,
  testDir: '.',
  projects: [{ name: 'screenshots', testMatch: 'screenshots.ts' }],
  timeout: 900_000,
  expect: { timeout: 60_000 },
});
