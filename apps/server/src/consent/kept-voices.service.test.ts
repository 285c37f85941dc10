import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openVoiceStage, type VoiceStage } from './testing/stage.ts';

let stage: VoiceStage;
let here: VoiceStage['here'];
let there: VoiceStage['there'];
/** This recording runs on `here`, and its sharer is in the channel alone at first. */
let recording: Awaited<ReturnType<VoiceStage['record']>>;

beforeAll(async () => {
  stage = await openVoiceStage();
  ({ here, there } = stage);
});
afterAll(() => stage.close());
beforeEach(async () => {
  here.recorder.supportsVoices = true;
  here.recorder.beforeVoices = async () => undefined;
  recording = await stage.record(here);
});

const yes = (user: Parameters<typeof here.consent.answer>[0], server = here) =>
  server.consent.answer(user, { communityId: recording.communityId, mayKeepVoice: true });
const no = (user: Parameters<typeof here.consent.answer>[0], server = here) =>
  server.consent.answer(user, { communityId: recording.communityId, mayKeepVoice: false });
const voices = () => here.recorder.voicesOf(recording.id);
const stretches = () =>
  stage.db.keptVoice.findMany({ where: { sessionId: recording.id }, orderBy: { startedAt: 'asc' } });

describe('a recording', () => {
  it('keeps the sharer’s own microphone from the first frame, until they switch it off', async () => {
    await stage.expectKept(here, recording, [recording.user]);
    expect(here.begun.times).toBe(1);
    await here.consent.update(recording.user, { keepsOwnVoice: false });
    expect(voices()).toEqual({ keep: [], forget: [recording.user.id] });
    expect(here.begun.times).toBe(1);
  });

  it('keeps nobody’s voice who was not asked, said no, or says never', async () => {
    const [unasked, unwilling, never] = [
      await stage.join(recording),
      await stage.join(recording),
      await stage.join(recording),
    ];
    await no(unwilling);
    await here.consent.update(never, { voiceConsent: 'NEVER' });
    await here.keptVoices.sweep();
    expect(voices().keep).toEqual([recording.user.id]);
    for (const { id } of [unasked, unwilling, never])
      expect((await stretches()).map(({ userId }) => userId)).not.toContain(id);
  });

  it('keeps the voices of those who agreed, while they are in the channel', async () => {
    const [once, always] = [await stage.join(recording), await stage.join(recording)];
    await yes(once);
    await here.consent.update(always, { voiceConsent: 'ALWAYS' });
    await stage.expectKept(here, recording, [recording.user, once, always]);

    await stage.leave(recording, once);
    await stage.expectKept(here, recording, [recording.user, always]);
    // What was kept of somebody who only left stays in the buffer.
    expect(voices().forget).toEqual([]);
  });

  it('never keeps the voice of somebody who isn’t shown to everybody as kept', async () => {
    const friend = await stage.join(recording);
    const shown = async () =>
      (await here.recording.feed.status(recording.user, recording.channelId))
        .flatMap((session) => session.voices)
        .map(({ userId }) => userId);
    const changes: { kept: readonly string[]; shown: string[] }[] = [];
    here.recorder.beforeVoices = async (_egressId, next) => {
      changes.push({ kept: [...voices().keep, ...next.keep], shown: await shown() });
    };
    await yes(friend);
    await no(friend);
    here.recorder.beforeVoices = async () => undefined;
    expect(changes.filter(({ kept }) => kept.includes(friend.id)).length).toBeGreaterThanOrEqual(2);
    for (const { kept, shown: ids } of changes) expect(ids).toEqual(expect.arrayContaining([...kept]));
    expect(await shown()).toEqual([recording.user.id]);
  });
});

describe('a voice that may not be kept any more is deleted', () => {
  async function keptFriend() {
    const friend = await stage.join(recording);
    await yes(friend);
    await stage.expectKept(here, recording, [recording.user, friend]);
    return friend;
  }

  it('before the answer to a no', async () => {
    const friend = await keptFriend();
    await no(friend);
    expect(voices()).toEqual({ keep: [recording.user.id], forget: [friend.id] });
  });

  it('also when its recorder has just ended the recording and knows nothing of it any more', async () => {
    const friend = await keptFriend();
    const { segmentPath } = await stage.db.egressSession.findUniqueOrThrow({ where: { id: recording.id } });
    await no(friend);
    expect(stage.forgotten).toContain(`${segmentPath} ${friend.id}`);
  });

  it('before the answer to a no that came to another server', async () => {
    const friend = await keptFriend();
    await no(friend, there);
    expect(voices()).toEqual({ keep: [recording.user.id], forget: [friend.id] });
    expect(there.recorder.voiceChanges).toBe(0);
  });

  it('also of somebody who has left the channel', async () => {
    const friend = await keptFriend();
    await stage.leave(recording, friend);
    await no(friend);
    expect(voices().forget).toEqual([friend.id]);
  });

  it('when they are no member any more, or may not connect', async () => {
    const [gone, silenced] = [await keptFriend(), await stage.join(recording)];
    await yes(silenced);
    const { communityId } = recording;
    await stage.db.communityMember.delete({
      where: { communityId_userId: { communityId, userId: gone.id } },
    });
    await stage.db.role.updateMany({
      where: { communityId, name: silenced.username },
      data: { actions: [] },
    });
    there.events.emit('community', { communityId, memberIds: [] });
    await expect.poll(() => voices().forget.toSorted()).toEqual([gone.id, silenced.id].toSorted());
    expect(voices().keep).toEqual([recording.user.id]);
  });

  it('when the community forbids it, also of the sharer', async () => {
    const friend = await keptFriend();
    const { communityId } = recording;
    await stage.db.communityReplayConfig.update({ where: { communityId }, data: { allowsVoices: false } });
    await here.keptVoices.settle(communityId);
    expect(voices().keep).toEqual([]);
    expect(voices().forget.toSorted()).toEqual([friend.id, recording.user.id].toSorted());
  });

  it('from buffers of recordings that have ended, on whichever server the no arrives', async () => {
    const friend = await keptFriend();
    const { segmentPath } = await stage.db.egressSession.findUniqueOrThrow({ where: { id: recording.id } });
    await here.recording.sessions.stop(recording.user, recording.id);
    await no(friend, there);
    expect(stage.forgotten).toContain(`${segmentPath} ${friend.id}`);
    expect(stage.forgotten).not.toContain(`${segmentPath} ${recording.user.id}`);
  });

  it('by the next sweep, when the news of it was lost', async () => {
    const friend = await keptFriend();
    const { communityId } = recording;
    await stage.db.communityMember.update({
      where: { communityId_userId: { communityId, userId: friend.id } },
      data: { mayKeepVoice: false },
    });
    await here.keptVoices.sweep();
    expect(voices()).toEqual({ keep: [recording.user.id], forget: [friend.id] });
  });
});

describe('consent that changes a hundred times', () => {
  it.each([
    ['no', false],
    ['yes', true],
  ])('ends as it was answered last: %s', async (_name, last) => {
    const friend = await stage.join(recording);
    const { communityId } = recording;
    await yes(friend);
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        (n % 2 === 0 ? here : there).consent.answer(friend, { communityId, mayKeepVoice: n % 3 === 0 }),
      ),
    );
    await there.consent.answer(friend, { communityId, mayKeepVoice: last });
    await stage.expectKept(here, recording, last ? [recording.user, friend] : [recording.user]);
    expect(voices().forget).toEqual(last ? [] : [friend.id]);
    // Nobody's voice is kept twice at a time.
    const open = (await stretches()).filter(
      ({ userId, endedAt }) => userId === friend.id && endedAt === null,
    );
    expect(open).toHaveLength(last ? 1 : 0);
  });
});

describe('when a recorder fails to delete a voice', () => {
  it('the answer says so, the voice is shown as kept, and the next sweep deletes it', async () => {
    const friend = await stage.join(recording);
    await yes(friend);
    here.recorder.beforeVoices = () => Promise.reject(new Error('the worker is busy dying'));
    await expect(no(friend)).rejects.toThrow('dying');
    expect((await stretches()).some(({ userId, endedAt }) => userId === friend.id && endedAt === null)).toBe(
      true,
    );
    here.recorder.beforeVoices = async () => undefined;
    await here.keptVoices.sweep();
    expect(voices().forget).toEqual([friend.id]);
  });

  it('voices in other buffers are deleted all the same', async () => {
    const friend = await stage.join(recording);
    await yes(friend);
    await stage.expectKept(here, recording, [recording.user, friend]);
    const { segmentPath } = await stage.db.egressSession.findUniqueOrThrow({ where: { id: recording.id } });
    await here.recording.sessions.stop(recording.user, recording.id);
    await stage.record(here);
    const { communityId } = recording;
    await stage.db.communityMember.update({
      where: { communityId_userId: { communityId, userId: friend.id } },
      data: { mayKeepVoice: false },
    });
    here.recorder.beforeVoices = () => Promise.reject(new Error('the worker is busy dying'));
    await expect(here.keptVoices.sweep()).rejects.toThrow('dying');
    expect(stage.forgotten).toContain(`${segmentPath} ${friend.id}`);
  });
});

describe('a recorder that keeps no voices', () => {
  it('is never asked to, and nobody is shown as kept', async () => {
    await stage.expectKept(here, recording, [recording.user]);
    here.recorder.supportsVoices = false;
    // What had begun before is over after this.
    await here.keptVoices.settle(recording.communityId);
    const before = here.recorder.voiceChanges;
    const friend = await stage.join(recording);
    expect(await yes(friend)).toMatchObject({ isSupported: false });
    await here.keptVoices.sweep();
    expect(here.recorder.voiceChanges).toBe(before);
    expect((await stretches()).map(({ userId }) => userId)).not.toContain(friend.id);
  });
});

describe('everybody in the community', () => {
  it('sees in the history whose voice was kept, and when', async () => {
    const friend = await stage.join(recording);
    await yes(friend);
    await no(friend);
    await yes(friend);
    const viewer = await stage.createUser(recording.communityId, []);
    const history = () => here.recording.history.list(viewer, { channelId: recording.channelId, limit: 10 });
    const [session] = (await history()).items;
    const [own, first, second] = session?.voices ?? [];
    expect(own).toMatchObject({ userId: recording.user.id, to: null });
    expect(first).toMatchObject({ userId: friend.id, username: friend.username });
    expect(first?.to).not.toBeNull();
    expect(second).toMatchObject({ userId: friend.id, to: null });
    await here.recording.sessions.stop(recording.user, recording.id);
    const [ended] = (await history()).items;
    expect(ended?.voices.map(({ to }) => to)).toEqual([ended?.endedAt, first?.to, ended?.endedAt]);
  });

  it('sees in the channel whose voice is kept', async () => {
    const friend = await stage.join(recording);
    await yes(friend);
    const [channel] = await here.presence.ofCommunity(recording.communityId);
    expect(channel?.participants.find(({ userId }) => userId === friend.id)).toMatchObject({
      isRecorded: false,
      isVoiceKept: true,
    });
  });
});
