import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Member } from '../../clips/testing/people.ts';
import { openLibrary, type Library } from '../testing/clip-library.ts';
import { createClipLevels, type ClipLevelsService } from './clip-levels.service.ts';

describe('the levels of a clip', () => {
  let library: Library;
  let levels: ClipLevelsService;
  let owner: Member;
  let friend: Member;
  let clipId: string;
  const enqueued: string[] = [];

  beforeAll(async () => {
    library = await openLibrary();
    const enqueueRemix = async (id: string) => enqueued.push(id);
    levels = createClipLevels({ db: library.db, feed: library.feed, enqueueRemix });
    [owner, friend] = [await library.createMember(), await library.createMember()];
  });
  afterAll(() => library.close());
  beforeEach(async () => {
    clipId = (await library.createReadyClip(owner, { tracks: Buffer.from('tracks') })).id;
    await library.db.clipVoice.createMany({
      data: [owner, friend].map(({ user }) => ({ clipId, userId: user.id })),
    });
    enqueued.length = 0;
  });

  const row = () => library.db.replayClip.findUniqueOrThrow({ where: { id: clipId } });
  const louder = () => ({ clipId, shareDb: -6, voices: [{ userId: friend.user.id, gainDb: 9 }] });

  it('are as everything was sent, until its owner changes them and has it mixed anew', async () => {
    const { id } = owner.user;
    const before = await levels.get(id, clipId);
    expect(before.shareDb).toBe(0);
    expect(before.voices.map(({ gainDb }) => gainDb)).toEqual([0, 0]);
    expect(before.voices.find(({ isMine }) => isMine)?.userId).toBe(id);
    const after = await levels.update(id, louder());
    expect(after).toEqual(await levels.get(id, clipId));
    expect(after.shareDb).toBe(-6);
    expect(after.voices.find(({ userId }) => userId === friend.user.id)?.gainDb).toBe(9);
    expect(after.voices.find(({ isMine }) => isMine)?.gainDb).toBe(0);
    expect(enqueued).toEqual([clipId]);
    const { mixWantedAt } = await row();
    expect(mixWantedAt).not.toBeNull();
    // The same again changes nothing.
    await levels.update(id, louder());
    expect(enqueued).toEqual([clipId]);
    expect((await row()).mixWantedAt).toEqual(mixWantedAt);
  });

  it('are their owner’s matter alone, and only of those who are in the clip', async () => {
    const { user } = friend;
    await expect(levels.get(user.id, clipId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(levels.update(user.id, louder())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await library.db.clipVoice.update({
      where: { clipId_userId: { clipId, userId: user.id } },
      data: { takenOutAt: new Date() },
    });
    expect((await levels.get(owner.user.id, clipId)).voices).toHaveLength(1);
    await expect(levels.update(owner.user.id, louder())).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      detail: 'Somebody of these is not in the clip.',
    });
    expect((await row()).mixWantedAt).toBeNull();
  });

  it('can’t be changed when its sounds were not kept apart', async () => {
    clipId = (await library.createReadyClip(owner)).id;
    await expect(levels.update(owner.user.id, { clipId, shareDb: 3, voices: [] })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      detail: expect.stringContaining('not kept apart'),
    });
    expect(enqueued).toEqual([]);
  });
});
