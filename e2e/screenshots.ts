import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from '@playwright/test';
import { startApp } from './rig/app.ts';
import { Person } from './rig/person.ts';
import { SHARING_BROWSER } from './rig/sharer.ts';

// Takes the pictures in docs/screenshots of the real app: `node e2e/screenshots.ts`, after `npm start` has set up once.

const FOLDER = path.resolve(import.meta.dirname, '../docs/screenshots');
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const TITLES = ['The overtake in the last corner', 'Photo finish', 'How did we not crash'];

const folder = await mkdtemp(path.join(tmpdir(), 'hindsight-screenshots-'));
await mkdir(FOLDER, { recursive: true });
const app = await startApp(path.join(folder, 'data'));
const browser = await chromium.launch(SHARING_BROWSER);
try {
  const ada = await Person.arrive(browser, app.url, 'ada', ['game.js']);
  await ada.page.setViewportSize(DESKTOP);
  await ada.page.goto('/sign-up');
  await take(ada.page, 'sign-up');
  await ada.register();
  const bo = await Person.arrive(browser, app.url, 'bo', ['game.js']);
  await bo.register();
  await bo.joinChannel();
  await ada.joinChannel();
  await ada.shareScreen();
  await ada.enableBuffer();
  await ada.expectBeingRecorded();

  for (const [index, title] of TITLES.entries()) {
    await ada.waitForBuffered(65 + 12 * index);
    await ada.saveButton(1).click();
    await ada.expectSaved();
    await ada.toast.getByRole('textbox', { name: 'Title' }).fill(title);
    await ada.page.keyboard.press('Enter');
    if (index < TITLES.length - 1) await ada.toast.getByRole('button', { name: 'Dismiss' }).click();
  }
  await take(ada.page, 'channel');
  await ada.openLibrary();
  await ada.page.mouse.move(0, 0);
  await take(ada.page, 'clips');
  await ada.page.getByRole('article').getByRole('link').first().click();
  await take(ada.page, 'clip');

  await bo.page.setViewportSize(PHONE);
  await take(bo.page, 'channel-phone');
} finally {
  await browser.close();
  await app.stop();
  await rm(folder, { recursive: true });
}

async function take(page: Page, name: string): Promise<void> {
  // Pictures and transitions have settled.
  await sleep(1500);
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`) });
  console.log(`docs/screenshots/${name}.png`);
}
