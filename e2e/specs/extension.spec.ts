import path from 'node:path';
import { allowance } from '@hindsight/rig/media/allowance';
import { startDesktop, type Desktop } from '../app/desktop.ts';
import { openExtendedBrowser, pairExtension, workerOf } from '../app/extension.ts';
import { Person } from '../app/person.ts';
import { expect, test } from '../app/test.ts';
import { watchClip } from '../app/watched-clip.ts';

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
    const context = await openExtendedBrowser({ folder, url: app.url, display: desktop.display });
    const worker = await workerOf(context);
    const ext = await Person.inContext(context, 'extender');
    await ext.register();

    const zip = await (await ext.page.request.get('/hindsight-extension.zip')).body();
    expect(zip.subarray(0, 2).toString()).toBe('PK');

    await test.step('it is paired on the Me page, and nobody sees its key', async () => {
      await pairExtension(context, app.url);
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
    expect(tailMs).toBeLessThanOrEqual(allowance(500, 1500));
    await context.close();
  },
);
