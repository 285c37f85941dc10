import { expect, test } from '../app/test.ts';
import { startNetwork } from '../app/network.ts';

test('a bad network changes neither the end of a clip nor what the page claims to know', async ({
  app,
  visitor,
}) => {
  const network = await startNetwork(app.url);
  const orla = await visitor({ ...app, url: network.url }, 'orla');
  await orla.register();
  await orla.joinChannel();
  await orla.shareScreen();
  await orla.enableBuffer();
  await orla.waitForBuffered(5);

  network.hold();
  const pressedAt = await orla.pressSave(1);
  await expect(orla.toast.getByText('No answer yet, so it is sent again.')).toBeVisible({ timeout: 5000 });
  await expect(orla.replay.getByText('The server is silent. You may still be recorded')).toBeVisible();
  await network.release();
  await orla.expectSaved();
  await orla.expectBeingRecorded();

  const ends = (await orla.clips()).map(({ to }) => Date.parse(to) - pressedAt);
  console.log({ endsAfterPressMs: ends });
  expect(ends).toHaveLength(1);
  expect(Math.abs(ends[0] ?? Number.NaN)).toBeLessThanOrEqual(100);
  // It may go by itself in the same moment.
  await Promise.race([
    orla.toast.getByRole('button', { name: 'Dismiss' }).click(),
    expect(orla.toast).toBeHidden(),
  ]);
  await expect(orla.toast).toBeHidden();

  await test.step('when only the stream of events dies, the page asks for what it would tell, and says so', async () => {
    network.silenceStreams();
    const banner = orla.page.getByText('Live updates do not arrive');
    await expect(banner).toBeVisible({ timeout: 30_000 });
    await orla.expectBeingRecorded();
    await orla.pressSave(1);
    await orla.expectSaved();
    await network.release();
    await expect(banner).toBeHidden();
    await orla.expectBeingRecorded();
  });
  await network.stop();
});
