import { defineConfig } from '@playwright/test';
import tests from './playwright.config.ts';

/** Pictures for the documentation, which are no test: they take their time. */
export default defineConfig({
  ...tests,
  testDir: '.',
  testMatch: 'screenshots.ts',
  timeout: 900_000,
  expect: { timeout: 60_000 },
});
