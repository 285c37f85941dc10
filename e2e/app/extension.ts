import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium, expect, type BrowserContext, type Worker } from '@playwright/test';
import { SHARING_BROWSER } from '@hindsight/rig/browsers/sharer';
import { PASSWORD } from './person.ts';

const BUILT = path.resolve(import.meta.dirname, '../../apps/extension/dist');

/** Where a browser with the extension is to run, and for which server. */
export interface ExtensionPlace {
  /** The copy of the extension and the browser's profile are kept there. */
  folder: string;
  url: string;
  /** The name of the display that the browser's windows are shown on. */
  display: string;
}

/** Starts a browser with windows, of which one person alone has the profile, with the extension in it. */
export async function openExtendedBrowser({ folder, url, display }: ExtensionPlace): Promise<BrowserContext> {
  const extension = await copyExtension(folder, url);
  return chromium.launchPersistentContext(path.join(folder, 'profile'), {
    ...SHARING_BROWSER,
    args: [
      ...SHARING_BROWSER.args,
      `--disable-extensions-except=${extension}`,
      `--load-extension=${extension}`,
    ],
    headless: false,
    env: { ...process.env, DISPLAY: display },
    baseURL: url,
  });
}

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

/** Returns the extension's worker, once the browser has started it. */
export async function workerOf(context: BrowserContext): Promise<Worker> {
  return context.serviceWorkers()[0] ?? context.waitForEvent('serviceworker');
}

/** Pairs the extension with the server, as whoever is signed in in the browser does. */
export async function pairExtension(context: BrowserContext, url: string): Promise<void> {
  const worker = await workerOf(context);
  const menu = await context.newPage();
  await menu.goto(worker.url().replace('background.js', 'popup.html'));
  await menu.getByLabel('Address of your server').fill(url);
  const opened = context.waitForEvent('page');
  await menu.getByRole('button', { name: 'Pair' }).click();
  const page = await opened;
  const dialog = page.getByRole('dialog', { name: 'Pair the extension' });
  await dialog.getByLabel('Your password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Pair' }).click();
  await expect(dialog).toContainText('It is paired.');
  await page.close();
  await menu.close();
}
