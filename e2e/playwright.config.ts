import { defineConfig } from '@playwright/test';
import { SHARING_BROWSER } from '@hindsight/rig/browsers/sharer';

/** These tests measure when something was shown, heard or answered, which a second browser on few cores would spoil. */
const MEASURED = /(save-a-clip|capture-dialog|crashes|network|extension|hotkeys-and-consent)\.spec\.ts$/;

/** The whole tier runs two browsers where it can. Who runs single tests gets these alone. */
const isWholeTier = process.env['E2E_TIER'] === '1';

export default defineConfig({
  testDir: 'specs',
  outputDir: '../test-results',
  workers: isWholeTier ? 2 : 1,
  projects: [
    { name: 'measured', testMatch: MEASURED, workers: 1 },
    { name: 'side by side', testIgnore: MEASURED, dependencies: isWholeTier ? ['measured'] : [] },
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
    // A dialog that still moves into its place can be away between the button's press and its release, which is no click.
    // Contexts have their own setting, whatever the browser was started with.
    contextOptions: { reducedMotion: 'reduce' },
    screenshot: 'only-on-failure',
    // Tracing takes CPU that the shares need; set `TRACE=1` when a failure needs a closer look.
    trace: process.env['TRACE'] === '1' ? 'retain-on-failure' : 'off',
  },
});
