import axe, { type RunOptions } from 'axe-core';
import { joinWithTone, keptVoiceFiles, microphone } from '../app/join-with-tone.ts';
import { addSampleContent } from '../app/sample-content.ts';
import { PASSWORD, type Person } from '../app/person.ts';
import { expect, test } from '../app/test.ts';

/** Eve's microphone hears this tone. */
const EVES_HZ = 430;

type Scheme = 'light' | 'dark';

/** A page was left in this scheme, and the next one begins with it, because changing the colours of everything takes long. */
const leftIn = new WeakMap<Person, Scheme>();

const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Changes the colour scheme of the open page, with all colours at once. */
async function setScheme({ page }: Person, colorScheme: Scheme): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
  await page.evaluate(async () => {
    const nextFrame = () => new Promise(requestAnimationFrame);
    const transitions = () => document.getAnimations().filter((one) => one instanceof CSSTransition);
    // Some colours begin to change a frame later, when what holds them has been rendered anew.
    for (let quiet = 0; quiet < 3; quiet++) {
      if (transitions().length > 0) quiet = 0;
      for (const one of transitions()) one.finish();
      await nextFrame();
    }
  });
}

/** Returns the rules that a part of the open page breaks, with the elements that break them. */
async function findings({ page }: Person, part: string, runOnly: RunOptions['runOnly']): Promise<string[]> {
  const isLoaded = await page.evaluate(() => 'axe' in globalThis);
  if (!isLoaded) await page.evaluate(axe.source);
  // Preloading fetches each style sheet and video again, for two rules about what no page here has: locked screens and sound by itself.
  const options: RunOptions = { runOnly, resultTypes: ['violations'], preload: false };
  const { violations } = await page.evaluate(
    ([where, how]) => (globalThis as unknown as { axe: typeof axe }).axe.run(where, how),
    [part, options] as const,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${target.join(' ')} ${failureSummary}`),
  );
}

/**
 * Checks the open page against all rules of WCAG 2.2 AA in the light scheme, and only its colours in the dark scheme, because
 * nothing else differs. A failure fails the test, but lets it continue with the other pages.
 */
async function expectAccessible(person: Person, where: string): Promise<void> {
  const { page } = person;
  // A dialog covers the page, so only the dialog is checked then.
  const part = (await page.getByRole('dialog').count()) > 0 ? '[role="dialog"]' : 'html';
  const schemes: Scheme[] = leftIn.get(person) === 'dark' ? ['dark', 'light'] : ['light', 'dark'];
  for (const scheme of schemes) {
    await setScheme(person, scheme);
    const found = await findings(person, part, scheme === 'light' ? WCAG_22_AA : ['color-contrast']);
    expect.soft(found, `${where}, ${scheme}`).toEqual([]);
    leftIn.set(person, scheme);
  }
}

/** Lets the colours follow the system's colour scheme. */
async function followSystem({ page }: Person): Promise<void> {
  await page.addInitScript(() => {
    const key = 'hindsight.preferences';
    const preferences = JSON.parse(localStorage.getItem(key) ?? '{}') as Record<string, unknown>;
    localStorage.setItem(key, JSON.stringify({ ...preferences, colorScheme: 'auto' }));
  });
}

/** Opens a page and waits until its content is there and no longer changes. */
async function open({ page }: Person, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.locator('#main, form, h1').first()).toBeVisible();
  await expect(page.locator('[aria-busy="true"], [class*="Skeleton-root"]')).toHaveCount(0);
}

test('everybody can read and use every page, light and dark', async ({ startOwnApp, visitor }) => {
  // There are some thirty pages.
  test.setTimeout(600_000);
  const app = await startOwnApp();
  const eve = await visitor(app, 'eve');
  await followSystem(eve);
  for (const path of ['/sign-in', '/sign-up', '/no-such-page']) {
    await open(eve, path);
    await expectAccessible(eve, path);
  }

  await eve.register();
  const bo = await visitor(app, 'bo');
  await followSystem(bo);
  await bo.register();
  await joinWithTone(eve, EVES_HZ);
  await eve.shareScreen();
  await eve.enableBuffer();
  // Without her voice the clip would have no lanes.
  await expect.poll(() => keptVoiceFiles(app)).not.toEqual([]);
  await eve.waitForBuffered(5);
  await eve.pressSave(1);
  await eve.expectSaved();
  await expectAccessible(eve, 'toast');
  await eve.replay.getByRole('button', { name: /^Sound: / }).click();
  await expect(eve.page.getByRole('switch', { name: 'My microphone' })).toBeFocused();
  await expectAccessible(eve, 'sound of the clips');
  await eve.page.keyboard.press('Escape');
  await bo.joinChannel();
  await expect(bo.page.getByText(/May your voice be in the replays/)).toBeVisible();
  await expectAccessible(bo, 'question');
  // Leaving the page ends the share and the call, because the machine has enough to do.
  for (const { page } of [eve, bo]) await page.goto('/');

  const { communityId, publicPath, invitePath, ...paths } = await addSampleContent(eve, bo);
  const guest = await visitor(app, 'guest');
  await followSystem(guest);
  for (const path of [publicPath, invitePath, '/l/no-such-link']) {
    await open(guest, path);
    await expectAccessible(guest, path);
  }

  const settings = ['overview', 'channels', 'invites', 'roles', 'members', 'replay'];
  const pages = [
    `/c/${communityId}`,
    ...settings.map((tab) => `/c/${communityId}/settings/${tab}`),
    ...['server', 'recordings', 'people'].map((tab) => `/admin/${tab}`),
    paths.textChannelPath,
    '/dm',
    paths.conversationPath,
    '/clips',
    '/clips?search=nothing-like-it',
    paths.clipPath,
    '/me',
    '/no-such-page',
  ];
  for (const path of pages) {
    await open(eve, path);
    await expectAccessible(eve, path);
  }

  await open(eve, `${paths.clipPath}?trim`);
  await expect(eve.page.getByRole('region', { name: 'Trim' })).toBeVisible();
  await expectAccessible(eve, 'trim');

  await open(eve, paths.clipPath);
  await eve.page.getByRole('button', { name: 'Mute Me' }).click({ timeout: 60_000 });
  await expect(eve.page.getByRole('button', { name: 'Mix anew' })).toBeVisible();
  await expectAccessible(eve, 'clip with lanes');
  await eve.page.getByRole('button', { name: 'Sound levels' }).click();
  await expect(eve.page.getByRole('slider', { name: 'Level of Me in decibels' })).toBeVisible();
  await expectAccessible(eve, 'sound levels');
  await eve.page.keyboard.press('Escape');
  await eve.page.getByRole('button', { name: 'Export' }).click();
  const exporting = eve.page.getByRole('dialog', { name: 'Export' });
  await exporting.getByRole('radio', { name: /^Sound/ }).click();
  await expect(exporting.getByText(/^About .*AAC$/)).toBeVisible();
  await exporting.getByRole('button', { name: 'Export' }).click();
  await expect(exporting.getByRole('link', { name: 'Download Sound' })).toBeVisible({ timeout: 60_000 });
  await exporting.getByRole('radio', { name: /^Upright/ }).click();
  await expect(exporting.getByRole('slider', { name: 'Crop' })).toBeVisible();
  await expectAccessible(eve, 'export');

  await open(eve, '/me');
  await eve.page.getByRole('button', { name: 'Create key' }).click();
  const keyDialog = eve.page.getByRole('dialog');
  await expectAccessible(eve, 'key form');
  await keyDialog.getByLabel('Name').fill('Stream Deck');
  await keyDialog.getByLabel('Your password').fill(PASSWORD);
  await keyDialog.getByRole('button', { name: 'Create key' }).click();
  await expect(keyDialog.getByRole('textbox', { name: 'Key' })).toBeVisible();
  await expectAccessible(eve, 'new key');
  await keyDialog.getByRole('button', { name: 'Done' }).click();
  await expect(keyDialog).toBeHidden();
  await expectAccessible(eve, 'keys');

  await eve.page.keyboard.press('?');
  await expect(eve.page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await expectAccessible(eve, 'shortcuts');

  await open(eve, `/c/${communityId}`);
  await eve.joinChannel();
  await microphone(eve, 'Unmute');
  await eve.shareScreen();
  await eve.expectBeingRecorded();
  await eve.waitForBuffered(5);
  await expectAccessible(eve, 'channel');

  await eve.page.keyboard.press('Alt+Shift+C');
  const capture = eve.page.getByRole('dialog', { name: 'Choose what to save' });
  await expect(capture.getByRole('button', { name: /^Save/ }).first()).toBeEnabled();
  await capture.getByRole('button', { name: 'Solo Me' }).click();
  await capture.getByRole('button', { name: 'Sound: Me alone' }).click();
  await expect(capture.getByRole('slider', { name: 'Level of Share in decibels' })).toBeVisible();
  await expectAccessible(eve, 'capture dialog');
  await eve.page.keyboard.press('Escape');
  await expect(capture).toBeHidden();

  await eve.page.getByRole('button', { name: 'Recordings here' }).click();
  const record = eve.page.getByRole('dialog', { name: 'Recordings in Lounge' });
  await expect(record.getByRole('listitem').first()).toBeVisible();
  await expectAccessible(eve, 'recordings');
  await eve.page.keyboard.press('Escape');
  await expect(record).toBeHidden();

  await eve.page.getByRole('button', { name: 'Leave', exact: true }).first().click();
  await expect(eve.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
  await expectAccessible(eve, 'lobby');
});

test('the keyboard can skip the navigation', async ({ newcomer }) => {
  const kim = await newcomer('kim');
  await open(kim, '/clips');
  await kim.page.keyboard.press('Tab');
  const skip = kim.page.getByRole('link', { name: 'Skip to the page' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await kim.page.keyboard.press('Enter');
  await expect(kim.page.locator('#main')).toBeFocused();
});
