import { defineConfig } from '@playwright/test';
import { SHARING_BROWSER } from '@hindsight/rig/browsers/sharer';

/** These tests look at what is in clips, to the picture. */
const EXACT =
  /\/(save-a-clip|crashes|network|trim-and-links|capture-dialog|hotkeys-and-consent|voices|extension)\.spec\.ts$/;

export default defineConfig({
  testDir: 'specs',
  outputDir: '../test-results',
  // Real media runs on few cores. So the tests that compare times of pictures and sound run one after the other, and the others,
  // whose browsers mostly wait, one after the other beside them.
  workers: 2,
  projects: [
    { name: 'exact', testMatch: EXACT, workers: 1 },
    { name: 'other', testIgnore: EXACT, workers: 1 },
  ],
  // A test that passes only at the second attempt has failed.
  retries: 0,
  forbidOnly: true,
  timeout: 240_000,
  expect: { timeout: 20_000 },
  use: {
    browserName: 'chromium',
    actionTimeout: 30_000,
    launchOptions: SHARING_BROWSER,
    locale: 'en-GB',
    screenshot: 'only-on-failure',
    // Tracing takes CPU that the shares need; set `TRACE=1` when a failure needs a closer look.
    trace: process.env['TRACE'] === '1' ? 'retain-on-failure' : 'off',
  },
});
