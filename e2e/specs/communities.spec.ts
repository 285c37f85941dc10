import { createCommunity, inviteLink, registerByInvite } from '../app/communities.ts';
import type { Person } from '../app/person.ts';
import { expect, test } from '../app/test.ts';

/** Finds the channels of the open community in its channel list. */
function channelsOf({ page }: Person, community: string) {
  return page.getByRole('navigation', { name: `Channels of ${community}` }).getByRole('link');
}

async function setName({ page }: Person, button: string, name: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByRole('button', { name: button }).click();
  await expect(dialog).toBeHidden();
}

test('a person who joins by an invite sees channels added, changed and removed without reloading', async ({
  app,
  newcomer,
  visitor,
}) => {
  const ada = await newcomer('ines');
  await createCommunity(ada, 'Harbour');
  const link = await inviteLink(ada);

  const bo = await visitor(app, 'jonas');
  await registerByInvite(bo, link, 'Harbour');
  await expect(channelsOf(bo, 'Harbour')).toHaveText(['general', 'Lounge']);
  await expect(ada.page.getByText('2 members')).toBeVisible();

  await ada.page.getByRole('button', { name: 'New voice channel' }).click();
  await setName(ada, 'Create channel', 'Workshop');
  await expect(channelsOf(bo, 'Harbour')).toHaveText(['general', 'Lounge', 'Workshop']);

  await ada.page.getByRole('button', { name: 'Options of Workshop' }).click();
  await ada.page.getByRole('menuitem', { name: 'Rename' }).click();
  await setName(ada, 'Rename', 'Boathouse');
  await expect(channelsOf(bo, 'Harbour')).toHaveText(['general', 'Lounge', 'Boathouse']);

  await ada.page.getByRole('button', { name: 'Harbour', exact: true }).click();
  await ada.page.getByRole('menuitem', { name: 'Settings' }).click();
  await ada.page.getByRole('link', { name: 'Channels', exact: true }).click();
  await ada.page.getByRole('button', { name: 'Move Boathouse up' }).click();
  await expect(channelsOf(bo, 'Harbour')).toHaveText(['general', 'Boathouse', 'Lounge']);

  // Whoever is in a voice channel is disconnected when it is deleted.
  await bo.joinChannel('Boathouse');
  await ada.page.getByRole('button', { name: 'Remove Boathouse' }).click();
  await ada.page.getByRole('button', { name: 'Remove channel' }).click();
  await expect(channelsOf(bo, 'Harbour')).toHaveText(['general', 'Lounge']);
  await expect(bo.page.getByRole('toolbar', { name: 'Voice controls' })).toBeHidden();
  await expect(bo.page.getByRole('region', { name: 'My voice' })).toBeHidden();
  await expect(bo.page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();

  // A member is not offered what only the community's admins may do.
  await expect(bo.page.getByRole('button', { name: 'New voice channel' })).toBeHidden();
  await bo.page.goto(new URL(ada.page.url()).pathname);
  await expect(bo.page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
});

test('accounts are made by invite where the admin says so, and a used-up invite says what to do', async ({
  startOwnApp,
  visitor,
}) => {
  const app = await startOwnApp();
  const admin = await visitor(app, 'kara');
  await admin.register();
  const link = await inviteLink(admin, '1 person');
  await admin.page.getByRole('link', { name: 'Administration' }).click();
  await admin.page.getByRole('radio', { name: 'With an invite' }).check();

  const first = await visitor(app, 'leo');
  await registerByInvite(first, link, 'Home');

  const second = await visitor(app, 'mona');
  await second.page.goto(link);
  await expect(second.page.getByRole('alert')).toContainText('This invite does not work');
  await expect(second.page.getByRole('alert')).toContainText('Ask whoever sent it for a new one.');

  await second.page.goto('/sign-up');
  await second.page.getByLabel('Invite link or code').fill(link);
  await second.fillSignUp();
  await expect(second.page.getByText(/^This invite does not work/)).toBeVisible();

  await admin.page.getByRole('link', { name: 'Home' }).first().click();
  await second.page.getByLabel('Invite link or code').fill(await inviteLink(admin));
  await second.page.getByRole('button', { name: 'Create account' }).click();
  await expect(second.page.getByRole('heading', { name: 'Home' }).first()).toBeVisible();
});

test('a community is closed to others, can be left, and is deleted after its name is typed', async ({
  newcomer,
}) => {
  const nora = await newcomer('nora');
  const omar = await newcomer('omar');
  await createCommunity(nora, 'Attic');
  const community = new URL(nora.page.url()).pathname;
  const link = await inviteLink(nora, '1 person');

  // The page shows nothing of the community, nor another community in its place, on a phone either.
  await omar.page.setViewportSize({ width: 390, height: 844 });
  await omar.page.goto(community);
  await expect(omar.page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
  await omar.page.setViewportSize({ width: 1280, height: 720 });
  await expect(omar.page.getByRole('link', { name: 'Home' })).toBeVisible();
  await expect(omar.page.getByRole('navigation', { name: 'Channels of' })).toHaveCount(0);

  await omar.page.getByRole('button', { name: 'Add a community' }).click();
  await omar.page.getByRole('tab', { name: 'Join with an invite' }).click();
  await omar.page.getByRole('textbox', { name: 'Invite link or code' }).fill(link);
  await omar.page.getByRole('button', { name: 'See the invite' }).click();
  await omar.page.getByRole('button', { name: 'Join Attic' }).click();
  await expect(omar.page.getByRole('heading', { name: 'Attic', level: 1 })).toBeVisible();
  // Until the new list has arrived, the old community's channels are shown.
  await expect(channelsOf(omar, 'Attic')).toHaveText(['general', 'Lounge']);
  await omar.joinChannel('Lounge');
  await expect(nora.page.getByRole('list', { name: 'People in Lounge' }).getByText('omar')).toBeVisible();

  // The last admin must stay or delete the community.
  await nora.page.getByRole('button', { name: 'Attic', exact: true }).click();
  await nora.page.getByRole('menuitem', { name: 'Leave community' }).click();
  await nora.page.getByRole('button', { name: 'Leave community' }).click();
  await expect(nora.page.getByText('Nobody would be left who can manage this community.')).toBeVisible();

  await omar.page.getByRole('button', { name: 'Attic', exact: true }).click();
  await omar.page.getByRole('menuitem', { name: 'Leave community' }).click();
  await omar.page.getByRole('button', { name: 'Leave community' }).click();
  await expect(omar.page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
  await expect(omar.page.getByRole('link', { name: 'Attic' })).toBeHidden();
  await expect(omar.page.getByRole('region', { name: 'My voice' })).toBeHidden();
  await expect(nora.page.getByRole('list', { name: 'People in Lounge' })).toBeHidden();

  // A phone has no room for all tabs.
  await nora.page.setViewportSize({ width: 390, height: 844 });
  await nora.page.goto(`${community}/settings/members`);
  const tabs = nora.page.getByRole('navigation', { name: 'Settings' });
  await expect(tabs.getByRole('link', { name: 'Members' })).toBeInViewport({ ratio: 1 });
  await tabs.getByRole('link', { name: 'Overview' }).click();
  await expect(tabs.getByRole('link', { name: 'Overview' })).toBeInViewport({ ratio: 1 });
  await nora.page.setViewportSize({ width: 1280, height: 720 });
  await nora.page.getByRole('button', { name: 'Delete community' }).click();
  const dialog = nora.page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Delete community' })).toBeDisabled();
  await dialog.getByRole('textbox', { name: 'Type Attic to go on' }).fill('Attic');
  await dialog.getByRole('button', { name: 'Delete community' }).click();
  await expect(nora.page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
  await expect(nora.page.getByRole('link', { name: 'Attic' })).toBeHidden();
});
