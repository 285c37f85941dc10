import type { ClipList } from '@hindsight/shared/clips/clip';
import { expect, test } from '../app/test.ts';
import { startNetwork } from '../app/network.ts';

/** A press that is sent again after this would have been answered by a network that works. */
const OUTAGE_MS = 11_000;

test('a press in an outage is one clip that ends at the press, and says meanwhile what becomes of it', async ({
  app,
  visitor,
}) => {
  const network = await startNetwork(app.url);
  const nell = await visitor({ ...app, url: network.url }, 'nell');
  await nell.register();
  await nell.joinChannel();
  await nell.shareScreen();
  await nell.enableBuffer();
  await nell.waitForBuffered(5);

  network.hold();
  const pressedAt = await nell.pressSave(1);
  await expect(nell.toast.getByText('No answer yet, so it is sent again.')).toBeVisible({ timeout: 5000 });
  await nell.page.waitForTimeout(OUTAGE_MS - (Date.now() - pressedAt));
  network.release();
  await nell.expectSaved();

  const { items } = await nell.query<ClipList>('clip.list', {});
  const ends = items.map(({ to }) => Date.parse(to) - pressedAt);
  console.log({ endsAfterPressMs: ends });
  expect(ends).toHaveLength(1);
  expect(Math.abs(ends[0] ?? Number.NaN)).toBeLessThanOrEqual(100);
  await network.stop();
});
