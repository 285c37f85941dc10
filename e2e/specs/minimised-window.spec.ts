import path from 'node:path';
import { BURNT_CLOCK_SCRIPT } from '@hindsight/rig/browsers/page-scripts';
import { burntClock, probeClip } from '@hindsight/rig/media/clip-probe';
import { Person } from '../app/person.ts';
import { expect, test } from '../app/test.ts';

const SHARED_WINDOW = path.join(import.meta.dirname, '../app/shared-window.js');
const MINIMISED_MS = 5000;

test('the last picture of a window stays while it is minimised, and its share goes on afterwards', async ({
  app,
  browser,
  folder,
}) => {
  const ugo = await Person.arrive(browser, app.url, 'ugo', [BURNT_CLOCK_SCRIPT, SHARED_WINDOW]);
  await ugo.register();
  await ugo.joinChannel();
  await ugo.shareScreen();
  await ugo.enableBuffer();
  await ugo.waitForBuffered(4);

  const minimisedAt = Date.now();
  await ugo.page.evaluate('minimiseWindow(true)');
  await expect(ugo.replay.getByText('What you share shows nothing')).toBeVisible();
  await ugo.page.waitForFunction((until) => Date.now() > until, minimisedAt + MINIMISED_MS);
  const restoredAt = Date.now();
  await ugo.page.evaluate('minimiseWindow(false)');
  await ugo.expectBeingRecorded();
  await ugo.waitForBuffered((restoredAt - minimisedAt) / 1000 + 10);
  const pressedAt = await ugo.pressSave(1);
  await ugo.watchSavedClip();

  const [clip] = await ugo.clips();
  expect(Math.abs(Date.parse(clip?.to ?? '') - pressedAt)).toBeLessThanOrEqual(100);
  const file = path.join(folder, 'clip.mp4');
  await ugo.downloadClip(file);
  const [frames, found] = await Promise.all([burntClock(file, { nearMs: pressedAt }), probeClip(file)]);
  const shownAt = frames.flatMap(({ burntMs }) => (burntMs === null ? [] : [burntMs]));
  const after = shownAt.filter((at) => at > restoredAt);
  console.log({
    minimisedMs: restoredAt - minimisedAt,
    pictures: shownAt.length,
    backAfterMs: (after[0] ?? Number.NaN) - restoredAt,
    tailMs: pressedAt - (after.at(-1) ?? Number.NaN),
  });
  expect(shownAt.filter((at) => at < minimisedAt).length).toBeGreaterThan(20);
  expect(after.length).toBeGreaterThan(20);
  expect(pressedAt - (after.at(-1) ?? Number.NaN)).toBeLessThan(1500);
  // There is no gap: the last picture fills the time.
  expect(found.durationMs).toBeGreaterThan(restoredAt - minimisedAt + 8000);
  await ugo.leave();
});
