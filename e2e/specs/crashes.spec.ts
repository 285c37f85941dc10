import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { allowance } from '@hindsight/rig/media/allowance';
import { expect, test } from '../app/test.ts';
import { watchClip } from '../app/watched-clip.ts';

/** So often the database is killed. More kills are useful after changes to what outlives an outage. */
const DATABASE_KILLS = Number(process.env['DATABASE_KILLS'] ?? 3);
const PRESSES_PER_KILL = 3;

test('a killed server loses neither the share nor the clip that was requested just before', async ({
  startOwnApp,
  visitor,
  folder,
}) => {
  const app = await startOwnApp();
  const ida = await visitor(app, 'ida');
  await ida.register();
  await ida.joinChannel();
  await ida.shareScreen();
  await ida.enableBuffer();
  await ida.waitForBuffered(10);
  const accepted = ida.page.waitForResponse((response) => response.url().includes('replay.capture'));
  await ida.pressSave(1);
  expect((await accepted).status()).toBe(200);
  const killedAt = Date.now();
  // The clip may be saved just before the kill or after it.
  const saved = ida.expectSaved().then(() => ida.toast.getByRole('button', { name: 'Dismiss' }).click());
  await app.crashServer();
  const backAt = Date.now();
  await saved;
  await ida.expectBeingRecorded();
  // The gauge continues to count for a while when the server is away; only what is beyond that has been recorded since.
  await ida.waitForBuffered(10 + (backAt - killedAt) / 1000 + 8);

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
  expect(lostMs).toBeLessThan(backAt - killedAt + allowance(10_000, 20_000));

  await ida.openLibrary();
  await expect(ida.page.getByText('2 clips', { exact: true })).toBeVisible();
  // No unfinished file is left: each clip has one video, besides pictures and perhaps a version with another sound.
  const otherFiles = async () => {
    const replays = path.join(app.dataDir, 'files', 'replays');
    const files = await readdir(replays, { recursive: true, withFileTypes: true });
    const names = files.filter((each) => each.isFile()).map(({ name }) => name);
    return names.filter((name) => !/\.jpg$|-aac-\w+\.mp4$/.test(name));
  };
  await expect.poll(otherFiles).toEqual([expect.stringMatching(/\.mp4$/), expect.stringMatching(/\.mp4$/)]);
});

test('a killed database loses no press: each ends in a clip or in a reason', async ({
  startOwnApp,
  visitor,
}) => {
  test.setTimeout(240_000 + DATABASE_KILLS * 30_000);
  const app = await startOwnApp();
  const uma = await visitor(app, 'uma');
  await uma.register();
  await uma.joinChannel();
  await uma.shareScreen();
  await uma.enableBuffer();
  await uma.waitForBuffered(5);
  let savedClips = 0;
  const allReasons: string[] = [];
  const afterMs: number[] = [];
  for (let kill = 0; kill < DATABASE_KILLS; kill++) {
    for (let press = 0; press < PRESSES_PER_KILL; press++) {
      await uma.pressSave(1);
      if (press === kill % PRESSES_PER_KILL) await app.crashDatabase();
    }
    await expect
      .poll(async () => (await uma.page.request.get('/readyz')).json(), { intervals: [20] })
      .toMatchObject({ database: 'ok' });
    const backAt = Date.now();
    // What all toasts say is read at once, because each may change meanwhile.
    let said: string[] = [];
    const isSaved = (text: string) => text.includes('Saved');
    await expect
      .poll(
        async () => {
          said = await uma.toast.allInnerTexts();
          return said.filter((text) => isSaved(text) || text.includes('Try again')).length;
        },
        { timeout: allowance(3000, 9000), intervals: [50] },
      )
      .toBe(PRESSES_PER_KILL);
    afterMs.push(Date.now() - backAt);
    for (const text of said) expect(text).not.toContain('Something went wrong');
    savedClips += said.filter(isSaved).length;
    allReasons.push(...said.filter((text) => !isSaved(text)));
    for (let press = 0; press < PRESSES_PER_KILL; press++)
      await uma.toast.first().getByRole('button', { name: 'Dismiss' }).click();
    await uma.expectBeingRecorded();
  }
  console.log({ kills: DATABASE_KILLS, savedClips, allReasons, longestMs: Math.max(...afterMs) });

  // What was said is true: whatever wasn't saved is not there.
  await uma.openLibrary();
  await expect(
    uma.page.getByText(`${savedClips} clip${savedClips === 1 ? '' : 's'}`, { exact: true }),
  ).toBeVisible();
});
