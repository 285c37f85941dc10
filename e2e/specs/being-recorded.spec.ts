import { expect, test } from '../app/test.ts';

test('everybody in the channel sees who is being recorded until the recording ends', async ({ newcomer }) => {
  const cleo = await newcomer('cleo');
  const dan = await newcomer('dan');
  await cleo.joinChannel();
  await dan.joinChannel();
  await cleo.shareScreen();
  const share = dan.page.getByRole('figure', { name: 'cleo’s share' });
  await expect(share).toBeVisible();
  const badge = share.getByRole('img', { name: 'cleo is being recorded' });
  await expect(badge).toBeHidden();

  await cleo.enableBuffer();
  await cleo.expectBeingRecorded();
  await expect(badge).toBeVisible();
  await expect(dan.page.getByRole('status').getByText('cleo is being recorded')).toBeVisible();
  // The recorder is a participant, too, but people do not see it.
  await expect(dan.page.getByRole('list', { name: 'People here' }).getByRole('listitem')).toHaveCount(2);

  await cleo.bufferSwitch.click();
  await expect(badge).toBeHidden();
});
