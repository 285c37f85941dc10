import { voiceConsentStateSchema } from '@hindsight/shared/replay/voice-consent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openVoiceStage, type VoiceStage } from './testing/stage.ts';
import { createVoiceConsent } from './voice-consent.ts';

let stage: VoiceStage;
let consent: VoiceStage['here']['consent'];
let home: Awaited<ReturnType<VoiceStage['createCommunity']>>;
let club: typeof home;

beforeAll(async () => {
  stage = await openVoiceStage();
  ({ consent } = stage.here);
  [home, club] = [await stage.createCommunity(), await stage.createCommunity()];
});
afterAll(() => stage.close());

/** Makes a member of both communities. */
async function createMember(): Promise<SignedInUser> {
  const user = await stage.createUser(home.id, ['CONNECT']);
  await stage.db.communityMember.create({ data: { communityId: club.id, userId: user.id } });
  return user;
}

const stateOf = async (user: SignedInUser) => voiceConsentStateSchema.parse(await consent.get(user));
const answersOf = async (user: SignedInUser) =>
  Object.fromEntries((await stateOf(user)).communities.map((each) => [each.communityId, each.mayKeepVoice]));

describe('what somebody says to their voice in replay buffers', () => {
  it('is at first: ask me, and my own microphone is in my own buffer', async () => {
    const user = await createMember();
    expect(await stateOf(user)).toEqual({
      voiceConsent: 'ASK',
      keepsOwnVoice: true,
      isSupported: true,
      communities: [
        { communityId: home.id, mayKeepVoice: null, isAllowed: true },
        { communityId: club.id, mayKeepVoice: null, isAllowed: true },
      ],
    });
  });

  it('is an answer for each community', async () => {
    const user = await createMember();
    await consent.answer(user, { communityId: club.id, mayKeepVoice: true });
    await consent.answer(user, { communityId: home.id, mayKeepVoice: false });
    expect(await answersOf(user)).toEqual({ [home.id]: false, [club.id]: true });
  });

  it('holds everywhere when it is changed in general, whatever was answered before', async () => {
    const user = await createMember();
    await consent.answer(user, { communityId: home.id, mayKeepVoice: true });
    await consent.update(user, { voiceConsent: 'NEVER' });
    expect(await answersOf(user)).toEqual({ [home.id]: null, [club.id]: null });

    await consent.answer(user, { communityId: home.id, mayKeepVoice: true });
    const unchanged = await consent.update(user, { voiceConsent: 'NEVER', keepsOwnVoice: false });
    expect(unchanged).toMatchObject({ voiceConsent: 'NEVER', keepsOwnVoice: false });
    expect(await answersOf(user)).toEqual({ [home.id]: true, [club.id]: null });
  });

  it('can’t be said in a community that the person isn’t in, and is forgotten with a membership', async () => {
    const user = await createMember();
    const answer = { communityId: club.id, mayKeepVoice: true };
    await consent.answer(user, answer);
    const key = { communityId_userId: { communityId: club.id, userId: user.id } };
    await stage.db.communityMember.delete({ where: key });
    await expect(consent.answer(user, answer)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await stage.db.communityMember.create({ data: { communityId: club.id, userId: user.id } });
    expect(await answersOf(user)).toEqual({ [home.id]: null, [club.id]: null });
  });

  it('is told to the person’s other pages, on every server', async () => {
    const user = await createMember();
    const told: string[] = [];
    const stop = stage.there.events.listen('community', ({ communityId, memberIds }) => {
      if (memberIds.includes(user.id)) told.push(communityId);
    });
    await consent.answer(user, { communityId: club.id, mayKeepVoice: true });
    await expect.poll(() => told).toEqual([club.id]);
    await consent.update(user, { voiceConsent: 'ALWAYS' });
    await expect.poll(() => told.toSorted()).toEqual([home.id, club.id, club.id].toSorted());
    stop();
  });
});

describe('whose voice may be kept', () => {
  const rules = () => createVoiceConsent({ db: stage.db });

  it.each([
    ['ASK', null, false],
    ['ASK', false, false],
    ['ASK', true, true],
    ['ALWAYS', null, true],
    ['ALWAYS', false, false],
    ['NEVER', null, false],
    ['NEVER', true, true],
  ] as const)('of an account that says %s and answered %s: %s', async (voiceConsent, answer, isAllowed) => {
    const [sharer, user] = [await createMember(), await createMember()];
    await stage.db.user.update({ where: { id: user.id }, data: { voiceConsent } });
    await stage.db.communityMember.update({
      where: { communityId_userId: { communityId: home.id, userId: user.id } },
      data: { mayKeepVoice: answer },
    });
    const asked = { communityId: home.id, sharerId: sharer.id, userIds: [user.id] };
    expect([...(await rules().allowedIn(asked))]).toEqual(isAllowed ? [user.id] : []);
  });

  it('is never that of strangers, also if they always agree and run the server', async () => {
    const stranger = await stage.createUser(null);
    await stage.db.user.update({
      where: { id: stranger.id },
      data: { voiceConsent: 'ALWAYS', isInstanceAdmin: true },
    });
    const asked = { communityId: home.id, sharerId: stranger.id, userIds: [stranger.id] };
    expect(await rules().allowedIn(asked)).toEqual(new Set());
  });

  it('is the sharer’s own by their switch alone', async () => {
    const sharer = await createMember();
    await consent.update(sharer, { voiceConsent: 'NEVER' });
    const asked = { communityId: home.id, sharerId: sharer.id, userIds: [sharer.id] };
    expect(await rules().allowedIn(asked)).toEqual(new Set([sharer.id]));
    await consent.update(sharer, { keepsOwnVoice: false });
    expect(await rules().allowedIn(asked)).toEqual(new Set());
  });
});
