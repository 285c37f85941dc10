import path from 'node:path';
import { allowance } from '@hindsight/rig/media/allowance';
import type { Person } from '../app/person.ts';
import { expect, test } from '../app/test.ts';
import { watchClip } from '../app/watched-clip.ts';

/** Sets a hotkey in the preferences; the person stays in their channel meanwhile. */
async function setHotkey({ page }: Person, action: string, keys: string): Promise<void> {
  await page.getByRole('link', { name: 'Me', exact: true }).first().click();
  await page.getByRole('button', { name: new RegExp(`^${action}: `) }).click();
  await page.keyboard.press(keys);
  await expect(page.getByRole('button', { name: `${action}: press the keys` })).toBeHidden();
}

async function backToChannel({ page }: Person): Promise<void> {
  await page.getByRole('link', { name: 'Lounge' }).first().click();
}

test('a custom hotkey saves a clip that ends at the press, and Undo deletes it', async ({
  newcomer,
  folder,
}) => {
  const kit = await newcomer('kit');
  await kit.joinChannel();
  await kit.shareScreen();
  await kit.enableBuffer();
  await kit.expectBeingRecorded();
  await setHotkey(kit, 'Save the last minute', 'Alt+Digit1');
  await backToChannel(kit);
  await kit.waitForBuffered(8);

  await kit.page.keyboard.press('Alt+Digit1');
  const pressedAt = await kit.lastPressAt();
  await expect(kit.toast).toBeVisible();
  await kit.page.keyboard.press('e');
  await expect(kit.toast.getByRole('textbox', { name: 'Title' })).toBeFocused();
  await kit.page.keyboard.type('Named while it is saved');
  await kit.page.keyboard.press('Enter');
  await kit.expectSaved();
  await expect(kit.toast.getByRole('textbox', { name: 'Title' })).toHaveValue('Named while it is saved');

  await test.step('a second clip is undone, restored, and undone for good', async () => {
    await kit.page.keyboard.press('Alt+Digit1');
    await expect(kit.toast).toHaveCount(2);
    const second = kit.toast.last();
    await expect(second.getByText('Saved')).toBeVisible();
    await second.getByRole('button', { name: 'Undo' }).click();
    await expect(second).toContainText('Not saved.');
    await second.getByRole('button', { name: 'Restore' }).click();
    await expect(second.getByText('Saved')).toBeVisible();
    await second.getByRole('button', { name: 'Undo' }).click();
    await expect(second).toContainText('Not saved.');
    await second.getByRole('button', { name: 'Dismiss' }).click();
  });

  await kit.openLibrary();
  await expect(kit.page.getByText('1 clip', { exact: true })).toBeVisible();
  await kit.page.getByRole('article', { name: 'Named while it is saved' }).getByRole('link').first().click();
  const file = path.join(folder, 'clip.mp4');
  await kit.downloadClip(file);
  const { shownAt } = await watchClip(file, pressedAt);
  const tailMs = pressedAt - (shownAt.at(-1) ?? Number.NaN);
  console.log({ tailMs });
  expect(tailMs).toBeGreaterThan(-allowance(100, 400));
  expect(tailMs).toBeLessThanOrEqual(500);
});

test('people in the channel are notified of a recording on every page, and can look it up afterwards', async ({
  newcomer,
}) => {
  const lou = await newcomer('lou');
  const max = await newcomer('max');
  await lou.joinChannel();
  await max.joinChannel();
  await lou.shareScreen();
  await max.page.getByRole('link', { name: 'My clips' }).first().click();
  await expect(max.page.getByRole('heading', { name: 'My clips' })).toBeVisible();

  await lou.enableBuffer();
  await lou.expectBeingRecorded();
  const news = (person: Person) => person.page.getByRole('region', { name: 'Recordings that began' });
  await expect(news(max).getByText('lou is now being recorded')).toBeVisible();
  await expect(news(lou)).toHaveText('');
  await news(max).getByRole('button', { name: 'Dismiss' }).click();

  await backToChannel(max);
  await max.page.getByRole('button', { name: 'Recordings here' }).click();
  const mine = max.page
    .getByRole('list', { name: 'Recordings', exact: true })
    .getByRole('listitem')
    .filter({ hasText: 'lou' });
  await expect(mine.getByRole('img', { name: 'lou is being recorded' })).toBeVisible();
  await lou.bufferSwitch.click();
  await expect(mine).toContainText('stopped by themselves');
  await expect(mine.getByRole('img', { name: 'lou is being recorded' })).toBeHidden();
  await expect(news(max)).toHaveText('');
});

test('a person who wants to be asked first is not recorded before they agree', async ({ newcomer }) => {
  const nia = await newcomer('nia');
  const oli = await newcomer('oli');
  await nia.page.getByRole('link', { name: 'Me', exact: true }).first().click();
  // Mantine's switch lies beneath its own track, so the click must be forced.
  await nia.page.getByRole('switch', { name: 'Replay buffer with each share' }).click({ force: true });
  await nia.page
    .getByRole('switch', { name: 'Ask me before a new share is recorded' })
    .click({ force: true });
  await oli.joinChannel();
  await nia.joinChannel();
  await nia.shareScreen();
  const question = nia.page.getByRole('region', { name: 'Record this share?' });
  await expect(question).toBeVisible();
  const share = oli.page.getByRole('figure', { name: 'nia’s share' });
  await expect(share).toBeVisible();
  await question.getByRole('button', { name: 'Not this time' }).click();
  await expect(question).toBeHidden();
  await expect(nia.bufferSwitch).not.toBeChecked();

  await nia.stopSharing();
  await nia.shareScreen();
  await expect(question).toBeVisible();
  // Nothing was recorded in all that time: the list does not even have an ended session.
  await oli.page.getByRole('button', { name: 'Recordings here' }).click();
  await expect(oli.page.getByRole('dialog', { name: 'Recordings in Lounge' })).toBeVisible();
  const record = oli.page.getByRole('dialog', { name: 'Recordings in Lounge' });
  await expect(record.getByText(/Whoever was recorded here/)).toBeVisible();
  await expect(record.getByText('nia', { exact: true })).toBeHidden();

  await question.getByRole('button', { name: 'Record', exact: true }).click();
  await nia.expectBeingRecorded();
  await expect(record.getByText('nia', { exact: true })).toBeVisible();
});
