import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openAdminStage, type AdminStage } from './testing/stage.ts';

let stage: AdminStage;
let boss: SignedInUser;
let call: ReturnType<AdminStage['asAdmin']>;

beforeAll(async () => {
  stage = await openAdminStage();
  boss = await stage.createInstanceAdmin();
  call = stage.asAdmin(boss);
});
afterAll(() => stage.close());

it('registration is open until it is set otherwise', async () => {
  expect(await call.settings.get()).toMatchObject({ registrationMode: 'OPEN' });
  for (const registrationMode of ['INVITE', 'CLOSED', 'OPEN'] as const) {
    expect(await call.settings.update({ registrationMode })).toMatchObject({ registrationMode });
    expect(await call.settings.get()).toMatchObject({ registrationMode });
  }
});

it('exports for chat fit into 20 MB until another size is set, which leaves registration as it is', async () => {
  expect(await call.settings.get()).toMatchObject({ chatLimitBytes: 20_000_000 });
  await call.settings.update({ registrationMode: 'INVITE' });
  const changed = { registrationMode: 'INVITE', chatLimitBytes: 10_000_000 };
  expect(await call.settings.update({ chatLimitBytes: 10_000_000 })).toEqual(changed);
  expect(await call.settings.get()).toEqual(changed);
  await call.settings.update({ registrationMode: 'OPEN' });
});

it('lists every community, the oldest first, in pages, and whether the caller is a member', async () => {
  for (const name of ['Home', 'Chess', 'Speedruns']) await stage.db.community.create({ data: { name } });
  const { id: communityId } = await stage.db.community.findFirstOrThrow({ where: { name: 'Chess' } });
  await stage.db.communityMember.create({ data: { communityId, userId: boss.id } });
  const page = await call.community.list({ limit: 2 });
  expect(page).toMatchObject({ total: 3, items: [{ name: 'Home' }, { name: 'Chess' }] });
  expect(page.items[1]).toMatchObject({ memberCount: 1, channelCount: 0, isMember: true });
  const rest = await call.community.list({ cursor: page.nextCursor ?? undefined });
  expect(rest).toMatchObject({ items: [{ name: 'Speedruns', isMember: false }], nextCursor: null });
  expect((await call.community.list({ search: 'CHE' })).items).toMatchObject([{ name: 'Chess' }]);
  expect((await call.community.list({ search: '_' })).total).toBe(0);
});
