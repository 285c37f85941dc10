import { createCommunity } from '../app/communities.ts';
import { expect, test } from '../app/test.ts';

test('a second buffer of the same person is refused, and starts once they have stopped the first', async ({
  newcomer,
}) => {
  const gil = await newcomer('gil');
  await createCommunity(gil, 'Yard');
  await gil.page.getByRole('button', { name: 'New voice channel' }).click();
  const dialog = gil.page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Workshop');
  await dialog.getByRole('button', { name: 'Create channel' }).click();
  await expect(dialog).toBeHidden();
  const community = new URL(gil.page.url()).pathname;
  await gil.joinChannel('Lounge');
  await gil.shareScreen();
  await gil.enableBuffer();
  await gil.expectBeingRecorded();

  const elsewhere = await gil.openSecondTab();
  await elsewhere.page.goto(community);
  await elsewhere.page.getByRole('navigation').getByRole('link', { name: 'Lounge' }).click();
  await elsewhere.page.getByRole('button', { name: 'Join', exact: true }).click();
  const question = elsewhere.page.getByRole('dialog', { name: 'You are sharing in another tab' });
  await question.getByRole('button', { name: 'Stay there' }).click();
  await gil.expectBeingRecorded();
  await elsewhere.joinChannel('Workshop');
  await elsewhere.shareScreen();
  // The preference to record was remembered, so the second share asks to be recorded by itself.
  const refusal = elsewhere.replay.getByRole('alert');
  await expect(refusal).toContainText('User already has an active replay buffer.');
  await refusal.getByRole('button', { name: 'Stop it and start here' }).click();
  await elsewhere.expectBeingRecorded();
  await expect(gil.replay.getByText('You are being recorded into your replay buffer')).toBeHidden();
});
