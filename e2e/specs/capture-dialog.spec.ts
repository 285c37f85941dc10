import path from 'node:path';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { Preview } from '@hindsight/shared/replay/preview';
import { allowance } from '@hindsight/rig/media/allowance';
import { shownClock } from '../app/shown-clock.ts';
import { expect as baseExpect, test } from '../app/test.ts';
import { watchClip } from '../app/watched-clip.ts';

/** Queries the API with the page's own session. */
/** The tab plays, records and encodes itself at once, which takes time on a busy machine. */
const expect = baseExpect.configure({ timeout: 60_000 });
test.setTimeout(480_000);

test('a person previews their buffer and saves exactly six chosen seconds around a marker', async ({
  newcomer,
  folder,
}) => {
  const alma = await newcomer('alma');
  const { page } = alma;
  await alma.joinChannel();
  await alma.shareScreen();
  await alma.enableBuffer();
  await alma.waitForBuffered(6);
  await page.keyboard.press('Alt+m');
  await expect(page.getByText('Moment marked.', { exact: false })).toBeVisible();
  await alma.waitForBuffered(14);

  const channelId = new URL(page.url()).pathname.split('/')[3] ?? '';
  const preview = await alma.query<Preview>('replay.preview', { channelId });
  const originAt = Date.parse(preview.from);
  const markedMs = Date.parse(preview.markers[0]?.at ?? '') - originAt;

  await page.getByRole('button', { name: 'More ways to clip' }).click();
  await page.getByRole('menuitem', { name: 'Custom range…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Choose what to save' });
  const video = dialog.locator('video');
  const inHandle = dialog.getByRole('slider', { name: 'Start' });
  const outHandle = dialog.getByRole('slider', { name: 'End' });

  await test.step('the preview plays', async () => {
    await expect(video).toHaveJSProperty('videoWidth', 1280);
    await page.keyboard.press('Space');
    await expect
      .poll(() => video.evaluate((element: HTMLVideoElement) => element.currentTime))
      .toBeGreaterThan(1.5);
    await page.keyboard.press('Space');
    await expect(video).toHaveJSProperty('paused', true);
    await expect(dialog.locator('img').first()).toHaveJSProperty('complete', true);
  });

  const inSeconds = Math.round(markedMs / 1000) - 3;
  await test.step('the handles are set by keys', async () => {
    await inHandle.focus();
    await page.keyboard.press('Home');
    for (let second = 0; second < inSeconds; second++) await page.keyboard.press('ArrowRight');
    for (let tenth = 0; tenth < 5; tenth++) await page.keyboard.press('Shift+ArrowRight');
    await outHandle.focus();
    // Home makes the clip as short as it can be: half a second.
    await page.keyboard.press('Home');
    for (let second = 0; second < 5; second++) await page.keyboard.press('ArrowRight');
    for (let tenth = 0; tenth < 5; tenth++) await page.keyboard.press('Shift+ArrowRight');
    await expect(inHandle).toHaveAttribute('aria-valuenow', String(inSeconds * 1000 + 500));
    await expect(outHandle).toHaveAttribute('aria-valuenow', String(inSeconds * 1000 + 6500));
    await expect(dialog.getByText(/^About .* left\.$/)).toBeVisible();
  });
  const fromMs = originAt + inSeconds * 1000 + 500;
  const toMs = fromMs + 6000;

  /** Returns when the picture in the preview was drawn, once the preview has reached the position of the moved handle. */
  const seen = async (nearMs: number) => {
    const isThere = (element: HTMLVideoElement) => !element.seeking && element.readyState >= 2;
    await expect.poll(() => video.evaluate(isThere)).toBe(true);
    return (await shownClock(video, nearMs)) ?? Number.NaN;
  };
  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForTimeout(800);
  await page.setViewportSize({ width: 1280, height: 720 });
  const previewTail = await seen(toMs);
  await inHandle.focus();
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowLeft');
  const previewHead = await seen(fromMs);

  await dialog.getByLabel('Title').fill('Six seconds');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dialog).toBeHidden();
  await alma.expectSaved();

  await test.step('the clip shows what the preview showed', async () => {
    const [clip] = (await alma.clips()) as [ClipDto];
    expect(clip.title).toBe('Six seconds');
    expect(clip.markers.map(({ offsetMs }) => offsetMs)).toEqual([
      expect.closeTo(markedMs - inSeconds * 1000 - 500, -2),
    ]);
    await alma.watchSavedClip();
    const file = path.join(folder, 'clip.mp4');
    await alma.downloadClip(file);
    const { clip: media, shownAt, firstPictureMs } = await watchClip(file, fromMs);
    const head = shownAt[0] ?? Number.NaN;
    const tail = shownAt.at(-1) ?? Number.NaN;
    console.log({
      durationMs: media.durationMs,
      headMs: head - fromMs,
      tailMs: tail - toMs,
      previewHeadMs: previewHead - fromMs,
      previewTailMs: previewTail - toMs,
      markers: clip.markers,
    });
    expect(firstPictureMs).toBe(0);
    expect(Math.abs(media.durationMs - 6000)).toBeLessThanOrEqual(100);
    // It is the same picture, or its neighbour where a picture begins at the very end.
    expect(Math.abs(head - previewHead)).toBeLessThanOrEqual(150);
    expect(Math.abs(tail - previewTail)).toBeLessThanOrEqual(150);
    // Both ends show the picture that was on the screen then: even when pictures are rare, the next one is later.
    const slackMs = allowance(100, 1000);
    const second = shownAt.find((drawnAt) => drawnAt > head) ?? Number.NaN;
    expect(head - fromMs).toBeLessThanOrEqual(slackMs);
    expect(second - fromMs).toBeGreaterThan(-slackMs);
    expect(tail - toMs).toBeLessThanOrEqual(slackMs);
  });

  await test.step('on a phone the controls of the player are one row, and large enough to touch', async () => {
    await page.setViewportSize({ width: 360, height: 780 });
    const buttons = page.getByRole('toolbar', { name: 'Player' }).getByRole('button');
    await expect(buttons).toHaveCount(7);
    const boxes = await Promise.all((await buttons.all()).map((button) => button.boundingBox()));
    expect(new Set(boxes.map((box) => box?.y))).toEqual(new Set([boxes[0]?.y]));
    for (const { x, width, height } of boxes.filter((box) => box !== null)) {
      expect(x + width).toBeLessThanOrEqual(360);
      expect(width).toBeGreaterThanOrEqual(28);
      expect(height).toBe(44);
    }
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  await test.step('nobody else can load any file of the preview', async () => {
    const bob = await newcomer('bob');
    const { piecesUrl, playlistUrl, pieces } = await alma.query<Preview>('replay.preview', { channelId });
    const [piece] = pieces;
    const init = piece?.key.replace(/[^/]+$/, 'init_0.mp4') ?? '';
    const paths = [playlistUrl, `${piecesUrl}index.m3u8`, `${piecesUrl}${init}`];
    paths.push(...pieces.flatMap(({ key }) => [piecesUrl + key, `${piecesUrl}${key}/still.jpg`]));
    for (const address of paths) {
      expect.soft((await bob.page.request.get(address)).status(), `bob: ${address}`).toBe(404);
      expect.soft((await page.request.get(address)).status(), address).toBe(200);
    }
  });
});
