import { allowance } from '@hindsight/rig/media/allowance';
import type { MyReplay } from '@hindsight/shared/replay/replay';
import { expect, test } from '../app/test.ts';
import { startNetwork } from '../app/network.ts';

test('after a long outage the page has claimed nothing that it could not know, and share and recording go on by themselves', async ({
  app,
  visitor,
}) => {
  const network = await startNetwork(app.url);
  const una = await visitor({ ...app, url: network.url }, 'una');
  const { page } = una;
  await network.carryMedia(page);
  await una.register();
  await una.joinChannel();
  await una.shareScreen();
  await una.enableBuffer();
  await una.waitForBuffered(5);
  const channelId = page.url().split('/').at(-1);
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  /** Asks the server past the network. */
  const mine = async () => {
    const asked = encodeURIComponent(JSON.stringify({ channelId }));
    const answer = await fetch(`${app.url}/api/trpc/replay.mine?input=${asked}`, { headers: { cookie } });
    return ((await answer.json()) as { result: { data: MyReplay } }).result.data;
  };
  const first = (await mine()).session?.id;
  const claims = page.getByText('You are being recorded').or(page.getByLabel('You are being recorded'));
  await expect(claims).not.toHaveCount(0);

  const cutAt = Date.now();
  await network.cut();
  await expect(una.replay.getByText('The server is silent. You may still be recorded')).toBeVisible();
  await expect(claims).toHaveCount(0);
  await expect(page.getByText('You may still be recorded', { exact: true })).toBeVisible();
  await expect(page).toHaveTitle(/^⚠ No connection · /);
  const toldAfterMs = Date.now() - cutAt;
  // By then the library has given up.
  await page.waitForRequest(/voice\.join/, { timeout: 120_000 });
  await expect.poll(async () => (await mine()).session?.status, { timeout: 60_000 }).not.toBe('ACTIVE');
  await expect(claims).toHaveCount(0);
  await expect(una.page.getByText('it goes on by itself')).toBeVisible();
  const outageMs = Date.now() - cutAt;

  await network.release();
  const backAt = Date.now();
  await una.pressSave(1);
  const pressedAfterMs = Date.now() - backAt;
  await una.expectSaved();
  await expect
    .poll(async () => (await mine()).session, { timeout: 60_000 })
    .toMatchObject({ status: 'ACTIVE', health: 'OK' });
  await una.expectBeingRecorded();
  const recordedAfterMs = Date.now() - backAt;
  expect((await mine()).session?.id).not.toBe(first);
  await expect(page).toHaveTitle(/^● /);
  await expect(page.getByRole('figure', { name: 'Your share' })).toBeVisible();
  console.log({ toldAfterMs, outageMs, pressedAfterMs, recordedAfterMs });
  expect(pressedAfterMs).toBeLessThan(allowance(3000, 10_000));

  await una.stopSharing();
  await expect(page.getByRole('figure', { name: 'Your share' })).toBeHidden();
  await network.stop();
});
