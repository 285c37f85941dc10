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
  expect(await call.settings.get()).toEqual({ registrationMode: 'OPEN' });
  for (const registrationMode of ['INVITE', 'CLOSED', 'OPEN'] as const) {
    expect(await call.settings.update({ registrationMode })).toEqual({ registrationMode });
    expect(await call.settings.get()).toEqual({ registrationMode });
  }
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
