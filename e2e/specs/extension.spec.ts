import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type BrowserContext, type Worker } from '@playwright/test';
import { SHARING_BROWSER } from '@hindsight/rig/browsers/sharer';
import { allowance } from '@hindsight/rig/media/allowance';
import { startDesktop, type Desktop } from '../app/desktop.ts';
import { PASSWORD, Person } from '../app/person.ts';
import { expect, test } from '../app/test.ts';
import { watchClip } from '../app/watched-clip.ts';

const BUILT = path.resolve(import.meta.dirname, '../../apps/extension/dist');

/** Copies the extension as it is built. It may talk to this server beforehand, because nobody can answer the browser's own question. */
async function copyExtension(folder: string, url: string): Promise<string> {
  const copy = path.join(folder, 'extension');
  await cp(BUILT, copy, { recursive: true });
  const file = path.join(copy, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  const { hostname, protocol } = new URL(url);
  await writeFile(file, JSON.stringify({ ...manifest, host_permissions: [`${protocol}//${hostname}/*`] }));
  return copy;
}

async function workerOf(context: BrowserContext): Promise<Worker> {
  return context.serviceWorkers()[0] ?? context.waitForEvent('serviceworker');
}

/* oxlint-disable no-empty-pattern -- Playwright reads what a fixture needs from this pattern. */
const testOnDesktop = test.extend<{ desktop: Desktop }>({
  desktop: async ({}, use) => {
    const desktop = await startDesktop();
    await use(desktop);
    await desktop.close();
  },
});
/* oxlint-enable no-empty-pattern */

testOnDesktop(
  'a global shortcut of the extension saves a clip while another program has the focus',
  async ({ app, desktop, folder }) => {
    const extension = await copyExtension(folder, app.url);
    const context = await chromium.launchPersistentContext(path.join(folder, 'profile'), {
      ...SHARING_BROWSER,
      args: [
        ...SHARING_BROWSER.args,
        `--disable-extensions-except=${extension}`,
        `--load-extension=${extension}`,
      ],
      headless: false,
      env: { ...process.env, DISPLAY: desktop.display },
      baseURL: app.url,
    });
    const worker = await workerOf(context);
    const ext = await Person.inContext(context, 'extender');
    await ext.register();

    const zip = await (await ext.page.request.get('/hindsight-extension.zip')).body();
    expect(zip.subarray(0, 2).toString()).toBe('PK');

    await test.step('it is paired on the Me page, and nobody sees its key', async () => {
      const menu = await context.newPage();
      await menu.goto(worker.url().replace('background.js', 'popup.html'));
      await menu.getByLabel('Address of your server').fill(app.url);
      const opened = context.waitForEvent('page');
      await menu.getByRole('button', { name: 'Pair' }).click();
      const page = await opened;
      const dialog = page.getByRole('dialog', { name: 'Pair the extension' });
      await dialog.getByLabel('Your password').fill(PASSWORD);
      await dialog.getByRole('button', { name: 'Pair' }).click();
      await expect(dialog).toContainText('It is paired.');
      await page.close();
      await menu.close();
    });

    const badge = () => worker.evaluate<string>('chrome.action.getBadgeText({})');
    const notices = () =>
      worker.evaluate<string[]>('chrome.notifications.getAll().then((all) => Object.keys(all))');

    await desktop.focusOtherProgram();
    await desktop.press('ctrl+shift+1');
    await expect.poll(notices, { message: 'it says that nothing is being recorded' }).toEqual(['refused']);

    await ext.joinChannel();
    await ext.shareScreen();
    await ext.enableBuffer();
    await ext.waitForBuffered(6);
    await desktop.focusOtherProgram();
    const pressedAt = await desktop.press('ctrl+shift+1');
    await expect.poll(async () => (await ext.clips()).length).toBe(1);
    const [clip] = await ext.clips();
    const lateMs = Date.parse(clip?.pressedAt ?? '') - pressedAt;
    console.log({ lateMs });
    expect(lateMs).toBeGreaterThan(-50);
    expect(lateMs).toBeLessThan(2000);
    await expect.poll(notices).toContain(`${app.url}/clips/${clip?.id}`);
    await expect.poll(badge).toMatch(/^\d+s$/);

    await desktop.press('ctrl+shift+3');
    await expect
      .poll(
        async () =>
          (
            await ext.query<{ markers: unknown[] }>('replay.mine', {
              channelId: ext.page.url().split('/').at(-1),
            })
          ).markers,
      )
      .toHaveLength(1);
    await ext.page.goto(`/clips/${clip?.id}`);
    const file = path.join(folder, 'clip.mp4');
    await ext.downloadClip(file);
    const { shownAt } = await watchClip(file, pressedAt);
    const tailMs = pressedAt - (shownAt.at(-1) ?? Number.NaN);
    console.log({ tailMs });
    expect(tailMs).toBeGreaterThan(-allowance(100, 400));
    expect(tailMs).toBeLessThanOrEqual(500);
    await context.close();
  },
);
