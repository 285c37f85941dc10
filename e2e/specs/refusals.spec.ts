import { withDatabase } from '../rig/app.ts';
import { expect, test } from '../rig/test.ts';

test('a member without the permission is told so and cannot switch the buffer on', async ({
  startOwnApp,
  visitor,
}) => {
  const before = await startOwnApp();
  const admin = await visitor(before, 'eve');
  await admin.register();
  await before.stop();
  await withDatabase(before.dataDir, async (db) => {
    await db.role.updateMany({
      where: { name: 'Member' },
      data: { actions: ['SEND_MESSAGES', 'CONNECT', 'SHARE_SCREEN'] },
    });
  });

  const app = await startOwnApp();
  const finn = await visitor(app, 'finn');
  await finn.register();
  await finn.joinChannel();
  await finn.shareScreen();
  await expect(finn.bufferSwitch).toBeDisabled();
  await expect(finn.replay.getByText(/^Permission denied: .* Ask a community admin/)).toBeVisible();
});

test('a second buffer of the same person is refused, and starts once they have stopped the first', async ({
  startOwnApp,
  visitor,
}) => {
  const before = await startOwnApp();
  const founder = await visitor(before, 'gil');
  await founder.register();
  await before.stop();
  await withDatabase(before.dataDir, async (db) => {
    const { id: communityId } = await db.community.findFirstOrThrow();
    await db.channel.create({ data: { communityId, name: 'Workshop', kind: 'VOICE' } });
  });

  const app = await startOwnApp();
  const gil = await visitor(app, 'gil');
  await gil.signIn();
  await gil.joinChannel('Lounge');
  await gil.shareScreen();
  await gil.enableBuffer();
  await gil.expectBeingRecorded();

  const elsewhere = await gil.openSecondTab();
  await elsewhere.joinChannel('Workshop');
  await elsewhere.shareScreen();
  // The wish to record was remembered: the second share asks by itself.
  const refusal = elsewhere.replay.getByRole('alert');
  await expect(refusal).toContainText('User already has an active replay buffer.');
  await refusal.getByRole('button', { name: 'Stop it and start here' }).click();
  await elsewhere.expectBeingRecorded();
  await expect(gil.replay.getByText('You are being recorded into your replay buffer')).toBeHidden();
});

test('a capture over the quota is refused with the way to make room', async ({ startOwnApp, visitor }) => {
  // About 100 kB: less than a few seconds of any share.
  const app = await startOwnApp({ DEFAULT_USER_REPLAY_QUOTA_GB: '0.0001' });
  const hal = await visitor(app, 'hal');
  await hal.register();
  await hal.joinChannel();
  await hal.shareScreen();
  await hal.enableBuffer();
  await hal.waitForBuffered(15);
  await hal.pressSave(1);
  await expect(hal.toast).toContainText('Your clip storage is full');
  await hal.toast.getByRole('button', { name: 'Manage clips' }).click();
  await expect(hal.page.getByRole('heading', { name: 'No clips yet' })).toBeVisible();
});
