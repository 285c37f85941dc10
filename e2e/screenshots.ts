import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { addSampleContent } from './app/sample-content.ts';
import { Person } from './app/person.ts';
import { test } from './app/test.ts';

// This script takes the pictures in docs/screenshots from the real app. After `npm start` has set up once, run `npx playwright
// test -c screenshots.config.ts` in this folder.

/** The script draws a game that is shared, so that the pictures show something. */
const GAME_SCRIPT = path.join(import.meta.dirname, 'app/game.js');
const FOLDER = path.resolve(import.meta.dirname, '../docs/screenshots');
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const TITLES = ['The overtake in the last corner', 'Photo finish', 'How did we not crash'];
/** Low quality keeps the pictures small in the repository. */
const JPEG_QUALITY = 78;

test('pictures of every page', async ({ browser, startOwnApp }) => {
  const app = await startOwnApp();
  const ada = await Person.arrive(browser, app.url, 'ada', [GAME_SCRIPT]);
  await ada.page.setViewportSize(DESKTOP);
  await ada.page.goto('/sign-up');
  await take(ada.page, 'sign-up');
  await ada.register();
  const bo = await Person.arrive(browser, app.url, 'bo', [GAME_SCRIPT]);
  await bo.register();
  await bo.joinChannel();
  await ada.joinChannel();
  await ada.shareScreen();
  await ada.enableBuffer();
  await ada.expectBeingRecorded();
  await bo.page.setViewportSize(PHONE);
  await take(bo.page, 'channel-phone');

  for (const [index, title] of TITLES.entries()) {
    await ada.waitForBuffered(40 + 15 * index);
    if (index === 1) await ada.page.keyboard.press('Alt+M');
    await ada.saveButton(1).click();
    await ada.expectSaved();
    await ada.toast.getByRole('textbox', { name: 'Title' }).fill(title);
    await ada.page.keyboard.press('Enter');
    if (index < TITLES.length - 1) await ada.toast.getByRole('button', { name: 'Dismiss' }).click();
  }
  const { communityId, publicPath, invitePath, ...paths } = await addSampleContent(ada, bo);
  await take(ada.page, 'channel');
  await ada.page.keyboard.press('Alt+Shift+C');
  await ada.page.getByRole('dialog', { name: 'Choose what to save' }).waitFor();
  await take(ada.page, 'capture-dialog', 6000);
  await ada.page.keyboard.press('Escape');
  await ada.page.getByRole('button', { name: 'Recordings here' }).click();
  await take(ada.page, 'recordings');
  await ada.page.keyboard.press('Escape');

  const pages = {
    community: `/c/${communityId}`,
    'text-channel': paths.textChannelPath,
    conversation: paths.conversationPath,
    clips: '/clips',
    clip: paths.clipPath,
    preferences: '/me',
    'settings-overview': `/c/${communityId}/settings/overview`,
    'settings-channels': `/c/${communityId}/settings/channels`,
    'settings-invites': `/c/${communityId}/settings/invites`,
    'settings-roles': `/c/${communityId}/settings/roles`,
    'settings-members': `/c/${communityId}/settings/members`,
    'settings-replay': `/c/${communityId}/settings/replay`,
    'admin-server': '/admin/server',
    'admin-recordings': '/admin/recordings',
    'admin-people': '/admin/people',
    'public-clip': publicPath,
    invite: invitePath,
  };
  await takeAll(ada.page, pages);
  await ada.page.goto(`${paths.clipPath}?trim`);
  await take(ada.page, 'trim', 4000);

  await ada.page.setViewportSize(PHONE);
  await takeAll(ada.page, { messages: '/dm', ...pages }, '-phone');

  await ada.page.setViewportSize(DESKTOP);
  await ada.page.goto('/me');
  await ada.page.getByText('Light', { exact: true }).click();
  const { clips, clip, preferences } = pages;
  await takeAll(ada.page, { clips, clip, preferences, 'text-channel': paths.textChannelPath }, '-light');
  await ada.leave();
  await bo.leave();
});

async function takeAll(page: Page, pages: Record<string, string>, suffix = ''): Promise<void> {
  for (const [name, to] of Object.entries(pages)) {
    await page.goto(to);
    await page.mouse.move(0, 0);
    await take(page, `${name}${suffix}`);
  }
}

/** @param settleMs until pictures have come in and nothing moves */
async function take(page: Page, name: string, settleMs = 2000): Promise<void> {
  await sleep(settleMs);
  await page.screenshot({ path: path.join(FOLDER, `${name}.jpg`), type: 'jpeg', quality: JPEG_QUALITY });
  console.log(`docs/screenshots/${name}.jpg`);
}
