import { createCommunity, inviteLink, registerByInvite } from '../app/communities.ts';
import type { Person } from '../app/person.ts';
import { expect, test } from '../app/test.ts';

/** Opens a page of the settings of the open community. */
async function openSettings({ page }: Person, community: string, tab: string): Promise<void> {
  await page.getByRole('button', { name: community, exact: true }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await openTab({ page }, tab);
}

async function openTab({ page }: Pick<Person, 'page'>, tab: string): Promise<void> {
  await page
    .getByRole('navigation', { name: /^(Settings|Server)$/ })
    .getByRole('link', { name: tab })
    .click();
}

/** Enters a number, which takes effect on Enter. */
async function enter({ page }: Person, label: string, value: string): Promise<void> {
  const field = page.getByRole('textbox', { name: label });
  await field.fill(value);
  await field.press('Enter');
}

test('a member may record as long as a role allows it, without reloading', async ({
  app,
  newcomer,
  visitor,
}) => {
  const nell = await newcomer('nell');
  await createCommunity(nell, 'Studio');
  const link = await inviteLink(nell);
  const otto = await visitor(app, 'otto');
  await registerByInvite(otto, link, 'Studio');
  await otto.joinChannel();
  await otto.shareScreen();
  await expect(otto.bufferSwitch).toBeDisabled();
  await expect(otto.replay.getByText(/^Permission denied: .* Ask a community admin/)).toBeVisible();

  await openSettings(nell, 'Studio', 'Roles');
  await nell.page.getByRole('button', { name: 'New role' }).click();
  const dialog = nell.page.getByRole('dialog', { name: 'New role' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Streamer');
  await dialog.getByRole('button', { name: 'Create role' }).click();
  const editor = nell.page.getByRole('region', { name: 'Role Streamer' });
  const mayRecord = editor.getByRole('switch', { name: 'Record their own share' });
  await mayRecord.press('Space');
  await expect(mayRecord).toBeChecked();
  await expect(otto.bufferSwitch).toBeDisabled();

  await openTab(nell, 'Members');
  await nell.page.getByRole('button', { name: 'Roles of otto' }).click();
  await nell.page.getByRole('menuitemcheckbox', { name: 'Streamer' }).click();
  await nell.page.keyboard.press('Escape');
  const members = nell.page.getByRole('list', { name: 'Members' }).getByRole('listitem');
  await expect(members.filter({ hasText: 'otto' })).toContainText('Streamer');
  await expect(otto.bufferSwitch).toBeEnabled();
  await otto.enableBuffer();
  await otto.expectBeingRecorded();

  await openTab(nell, 'Roles');
  await nell.page
    .getByRole('navigation', { name: 'Roles' })
    .getByRole('button', { name: 'Streamer' })
    .click();
  await mayRecord.press('Space');
  await expect(otto.replay.getByText(/^An admin stopped your recording\. Permission denied/)).toBeVisible();
  await expect(otto.bufferSwitch).toBeDisabled();
  await expect(otto.page.getByRole('figure', { name: 'Your share' })).toBeVisible();
});

test('somebody who is removed leaves voice and the community at once', async ({ app, newcomer, visitor }) => {
  const pia = await newcomer('pia');
  await createCommunity(pia, 'Workbench');
  const link = await inviteLink(pia);
  const quin = await visitor(app, 'quin');
  await registerByInvite(quin, link, 'Workbench');
  await quin.joinChannel();

  await openSettings(pia, 'Workbench', 'Members');
  await pia.page.getByRole('button', { name: 'Remove quin' }).click();
  await pia.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(pia.page.getByText('1 member', { exact: true }).first()).toBeVisible();
  await expect(quin.page.getByRole('toolbar', { name: 'Voice controls' })).toBeHidden();
  await expect(quin.page.getByRole('link', { name: 'Workbench' })).toBeHidden();
});

test('what the server admin sets and stops takes effect at once, and nobody else can do so', async ({
  startOwnApp,
  visitor,
}) => {
  const app = await startOwnApp();
  const admin = await visitor(app, 'rosa');
  await admin.register();
  const [first, second] = [await visitor(app, 'sven'), await visitor(app, 'tara')];
  for (const person of [first, second]) await person.register();
  await first.page.goto('/admin/people');
  await expect(first.page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
  await first.page.goto('/');

  await admin.page.getByRole('link', { name: 'Administration' }).click();
  await admin.page.getByRole('button', { name: 'Replay buffer in Home' }).click();
  await enter(admin, 'Recordings at once', '1');
  await admin.page.keyboard.press('Escape');

  for (const person of [first, second]) {
    await person.joinChannel();
    await person.shareScreen();
    await person.enableBuffer();
    if (person === first) await first.expectBeingRecorded();
  }
  const refusal = second.replay.getByRole('alert');
  await expect(refusal).toContainText('Community replay buffer limit reached.');

  await openTab(admin, 'Recordings');
  const recordings = admin.page.getByRole('list', { name: 'Recordings' }).getByRole('listitem');
  await expect(recordings).toHaveCount(1);
  await expect(recordings).toContainText('Lounge · Home');
  await recordings.getByRole('button', { name: 'Stop recording sven' }).click();
  await admin.page.getByRole('dialog').getByRole('button', { name: 'Stop recording' }).click();
  await expect(first.replay.getByText(/^An admin stopped your recording\. Switch it on/)).toBeVisible();
  await expect(admin.page.getByText('Nobody is being recorded.')).toBeVisible();

  await refusal.getByRole('button', { name: 'Try again' }).click();
  await second.expectBeingRecorded();
  await second.waitForBuffered(5);
  await openTab(admin, 'People');
  await enter(admin, 'Storage of tara in GB', '0');
  await expect(admin.page.getByText('0 kB of 0 kB used')).toBeVisible();
  await second.pressSave(1);
  await expect(second.toast).toContainText('Your clip storage is full');
  await second.toast.getByRole('button', { name: 'Manage clips' }).click();
  await expect(second.page.getByRole('heading', { name: 'My clips' })).toBeVisible();
});
