import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '../rig/test.ts';
import { watchClip } from '../rig/watched-clip.ts';

test('a share goes on being recorded after the server was killed', async ({ newcomer, app, folder }) => {
  const ida = await newcomer('ida');
  await ida.joinChannel();
  await ida.shareScreen();
  await ida.enableBuffer();
  await ida.waitForBuffered(10);
  const killedAt = Date.now();
  await app.crashServer();
  const backAt = Date.now();
  await ida.expectBeingRecorded();
  // The gauge counts on for a while when the server is away: only what is beyond that has been recorded since.
  await ida.waitForBuffered(10 + (backAt - killedAt) / 1000 + 12);

  const pressedAt = await ida.pressSave(1);
  await ida.watchSavedClip();
  const file = path.join(folder, 'clip.mp4');
  await ida.downloadClip(file);
  const { shownAt } = await watchClip(file, pressedAt);
  const before = shownAt.filter((at) => at < killedAt);
  const after = shownAt.filter((at) => at > backAt);
  const lostMs = (after[0] ?? Number.NaN) - (before.at(-1) ?? Number.NaN);
  console.log({ downMs: backAt - killedAt, lostMs, tailMs: pressedAt - (after.at(-1) ?? Number.NaN) });
  expect(before.length).toBeGreaterThan(50);
  expect(pressedAt - (after.at(-1) ?? Number.NaN)).toBeLessThanOrEqual(500);
  expect(lostMs).toBeLessThan(backAt - killedAt + 10_000);
});

test('a clip that was asked for just before the server was killed is saved', async ({
  startOwnApp,
  visitor,
}) => {
  const app = await startOwnApp();
  const joe = await visitor(app, 'joe');
  await joe.register();
  await joe.joinChannel();
  await joe.shareScreen();
  await joe.enableBuffer();
  await joe.waitForBuffered(12);
  const accepted = joe.page.waitForResponse((response) => response.url().includes('replay.capture'));
  await joe.pressSave(1);
  expect((await accepted).status()).toBe(200);
  await app.crashServer();
  await joe.watchSavedClip();
  await joe.openLibrary();
  await expect(joe.page.getByText('1 clip', { exact: true })).toBeVisible();

  // Nothing half-written is left: one video, at most its poster beside it.
  const files = await readdir(path.join(app.dataDir, 'files', 'replays'), {
    recursive: true,
    withFileTypes: true,
  });
  const names = files.filter((file) => file.isFile()).map((file) => path.extname(file.name));
  expect(names.filter((name) => name === '.mp4')).toHaveLength(1);
  expect(names.filter((name) => !['.mp4', '.jpg'].includes(name))).toEqual([]);
});
