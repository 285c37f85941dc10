import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from '@playwright/test';
import { withDatabase } from '../app/app.ts';
import { burntClock, CLOCK_ORIGIN, probeClip, type BurntFrame } from '@hindsight/rig/media/clip-probe';
import { expect, test } from '../app/test.ts';

/** The test uses two browsers, starts the app twice and decodes everything that is recorded. */
test.describe.configure({ timeout: 600_000 });

/** Shared tabs have fifteen pictures a second. */
const PICTURE_MS = 1000 / 15;

async function readFrames(file: string): Promise<BurntFrame[]> {
  const { video } = await probeClip(file);
  const scale = (video?.width ?? 0) / 1280;
  const { x, y } = CLOCK_ORIGIN;
  const frames = await burntClock(file, { x: Math.round(x * scale), y: Math.round(y * scale), scale });
  return frames.filter(({ burntMs }) => burntMs !== null);
}

/** Returns what the clip shows at a given time: the last picture that has begun. */
function shownAt(frames: readonly BurntFrame[], ms: number): number {
  return frames.findLast(({ ptsMs }) => ptsMs <= ms)?.burntMs ?? Number.NaN;
}

async function moveTo(handle: Locator, steps: string[]): Promise<number> {
  for (const step of steps) await handle.press(step);
  return Number(await handle.getAttribute('aria-valuenow'));
}

async function createLink(page: Page, lifetime: string): Promise<string> {
  await page.getByRole('button', { name: 'Public link' }).click();
  const dialog = page.getByRole('dialog', { name: 'Public links' });
  await dialog.getByRole('combobox', { name: 'Works for' }).click();
  await page.getByRole('option', { name: lifetime }).click();
  const known = await dialog.getByRole('textbox', { name: 'Link' }).count();
  await dialog.getByRole('button', { name: 'Create link' }).click();
  await expect(dialog.getByRole('textbox', { name: 'Link' })).toHaveCount(known + 1);
  const address = await dialog.getByRole('textbox', { name: 'Link' }).first().inputValue();
  await dialog.getByRole('button', { name: 'Close' }).click();
  return address;
}

/** Plays a link's bare player in a page of another origin, as a chat does. */
async function playInFrameOfAnotherSite(page: Page, address: string): Promise<void> {
  const chat = createServer((_request, response) => {
    response
      .setHeader('content-type', 'text/html')
      .end(`<iframe src="${address}" width="640" height="360"></iframe>`);
  }).listen(0, '127.0.0.1');
  await once(chat, 'listening');
  await page.goto(`http://127.0.0.1:${(chat.address() as AddressInfo).port}`);
  const player = page.frameLocator('iframe').locator('video');
  await player.evaluate((video: HTMLVideoElement) => video.play());
  await expect
    .poll(() => player.evaluate((video: HTMLVideoElement) => video.currentTime))
    .toBeGreaterThan(0.5);
  chat.close();
  chat.closeAllConnections();
}

/** Opens a browser context for a person without an account. */
async function stranger(browser: Browser): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  return { context, page: await context.newPage() };
}

test('a clip is trimmed to the exact picture, and shared by public links until they end', async ({
  startOwnApp,
  visitor,
  browser,
  folder,
}) => {
  const app = await startOwnApp();
  const lea = await visitor(app, 'lea');
  const { page } = lea;
  await lea.register();
  await lea.joinChannel();
  await lea.shareScreen();
  await lea.enableBuffer();
  await lea.waitForBuffered(10);
  await lea.pressSave(1);
  await lea.watchSavedClip();
  const original = path.join(folder, 'original.mp4');
  await lea.downloadClip(original);
  // Reloading the page leaves the channel, which ends the share.
  await page.reload();

  await test.step('the trimmed clip begins and ends with the pictures that were chosen', async () => {
    await page.getByRole('button', { name: 'Trim' }).click();
    const fromMs = await moveTo(page.getByRole('slider', { name: 'Start' }), [
      ...['Shift+ArrowRight', 'Shift+ArrowRight', 'Shift+ArrowRight'],
      ...['ArrowRight', 'ArrowRight', 'ArrowRight'],
    ]);
    const toMs = await moveTo(page.getByRole('slider', { name: 'End' }), [
      ...['Shift+ArrowLeft', 'Shift+ArrowLeft', 'ArrowLeft'],
    ]);
    const originalPage = page.url();
    await page.getByRole('button', { name: 'Save as new clip' }).click();
    await page.waitForURL((url) => /\/clips\/[^/?]+$/.test(url.href) && url.href !== originalPage);
    await expect(page.getByRole('link', { name: 'Download' })).toBeVisible({ timeout: 90_000 });

    const trimmed = path.join(folder, 'trimmed.mp4');
    await lea.downloadClip(trimmed);
    const source = await readFrames(original);
    const result = await readFrames(trimmed);
    const { durationMs } = await probeClip(trimmed);
    const headMs = (result[0]?.burntMs ?? Number.NaN) - shownAt(source, fromMs);
    const tailMs = (result.at(-1)?.burntMs ?? Number.NaN) - shownAt(source, toMs - 1);
    const lengthMs = durationMs - (toMs - fromMs);
    console.log({ fromMs, toMs, headMs, tailMs, lengthMs, frames: result.length });
    expect(Math.abs(headMs)).toBeLessThanOrEqual(Math.ceil(PICTURE_MS));
    expect(Math.abs(tailMs)).toBeLessThanOrEqual(Math.ceil(PICTURE_MS));
    expect(Math.abs(lengthMs)).toBeLessThanOrEqual(100);
  });

  const outside = await stranger(browser);
  const videoPath = /\/api\/links\/[^"]+\/small\.mp4/;

  await test.step('anybody who has the link can watch without an account', async () => {
    const address = await createLink(page, '7 days');
    const html = await (await outside.context.request.get(address)).text();
    expect(html).toContain('<meta property="og:type" content="video.other" />');
    expect(html).toMatch(/<meta property="og:image" content="http[^"]+poster\.jpg/);
    expect(html).toContain('noindex');

    await outside.page.goto(address);
    await expect(outside.page.getByText(/^By lea · /)).toBeVisible();
    await expect(outside.page.getByText(/^This link works until /)).toBeVisible();
    await outside.page.getByRole('button', { name: 'Play', exact: true }).click();
    const player = outside.page.locator('video');
    await expect
      .poll(() => player.evaluate((video: HTMLVideoElement) => video.currentTime))
      .toBeGreaterThan(0.5);
    const shell = await outside.page.evaluate(() =>
      performance.getEntriesByType('resource').filter(({ name }) => /shell\.page|livekit/.test(name)),
    );
    expect(shell).toEqual([]);

    await playInFrameOfAnotherSite(outside.page, `${address}/player`);

    const video = new URL(videoPath.exec(html)?.[0] ?? '', address).href;
    expect((await outside.context.request.get(video)).status()).toBe(200);

    await page.getByRole('button', { name: 'Public link' }).click();
    await page.getByRole('button', { name: 'Revoke' }).click();
    await expect(page.getByText('No links yet.')).toBeVisible();
    await page.getByRole('button', { name: 'Close' }).click();
    await outside.page.goto(address);
    await expect(outside.page.getByText('This link does not work any more')).toBeVisible();
    expect((await outside.context.request.get(video)).status()).toBe(404);
  });

  await test.step('a link that has expired says so', async () => {
    const kept = await createLink(page, '1 hour');
    await outside.page.goto(kept);
    await expect(outside.page.getByText(/^By lea · /)).toBeVisible();
    const html = await (await outside.context.request.get(kept)).text();
    const video = videoPath.exec(html)?.[0] ?? '';
    await app.stop();
    await withDatabase(app.dataDir, async (db) => {
      await db.clipLink.updateMany({ data: { expiresAt: new Date(Date.now() - 1000) } });
    });
    const later = await startOwnApp();
    await outside.page.goto(new URL(new URL(kept).pathname, later.url).href);
    await expect(outside.page.getByText('This link does not work any more')).toBeVisible();
    expect((await outside.context.request.get(new URL(video, later.url).href)).status()).toBe(404);
  });
  await outside.context.close();
});
