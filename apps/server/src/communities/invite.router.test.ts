import type { CommunityDto } from '@hindsight/shared/community/community';
import type { InviteDto } from '@hindsight/shared/community/invite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiClient, type ApiClient } from '../testing/api-client.ts';
import { emptyLiveKit, idleRecorder } from '../testing/ports.ts';
import { startTemporaryApp, type TemporaryApp } from '../testing/temporary-app.ts';

const PASSWORD = 'correct horse';

let server: TemporaryApp;
let ada: ApiClient;
let community: CommunityDto;
let invite: InviteDto;

beforeAll(async () => {
  server = await startTemporaryApp({}, { livekit: emptyLiveKit, recorder: idleRecorder });
  ada = createApiClient(server.origin);
  await ada.mutate('auth.register', { username: 'ada', password: PASSWORD });
  community = await ada.mutate('community.create', { name: 'Harbour' });
  invite = await ada.mutate('invite.create', {
    communityId: community.id,
    expiresInHours: null,
    maxUses: null,
  });
});
afterAll(() => server.remove());

describe('an invite over HTTP', () => {
  it('shows a guest the community, and makes their new account a member', async () => {
    const bob = createApiClient(server.origin);
    expect(await bob.query('invite.get', { code: invite.code })).toEqual({
      communityName: 'Harbour',
      memberCount: 1,
      joinedCommunityId: null,
    });
    await bob.mutate('auth.register', { username: 'bob', password: PASSWORD, inviteCode: invite.code });
    const communities = await bob.query<CommunityDto[]>('community.list');
    expect(communities.map(({ name, memberCount }) => [name, memberCount])).toEqual([['Harbour', 2]]);
    expect(await bob.query('invite.get', { code: invite.code })).toMatchObject({
      joinedCommunityId: community.id,
    });
  });

  it('is accepted by accounts only', async () => {
    const guest = createApiClient(server.origin);
    await expect(guest.mutate('invite.accept', { code: invite.code })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    await expect(ada.mutate('invite.accept', { code: 'no code' })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
  });

  it('limits guesses of codes', async () => {
    const guest = createApiClient(server.origin);
    const codes: unknown[] = [];
    for (let index = 0; index < 70; index++)
      await guest
        .query('invite.get', { code: `guessed-${String(index).padStart(4, '0')}` })
        .catch((error: unknown) => codes.push(error instanceof Error ? Reflect.get(error, 'code') : error));
    expect(new Set(codes)).toEqual(new Set(['INVITE_INVALID', 'RATE_LIMITED']));
    expect(codes.at(-1)).toBe('RATE_LIMITED');
  });
});
