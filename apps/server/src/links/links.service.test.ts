import { HOUR } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLibrary, type Library } from '../capture/testing/clip-library.ts';
import type { Member } from '../clips/testing/people.ts';
import { createLinks, type Links } from './links.service.ts';

describe('public links', () => {
  let library: Library;
  let links: Links;
  let owner: Member;
  let clipId: string;
  let nowMs = Date.now();
  let changed: string[];
  beforeAll(async () => {
    library = await openLibrary();
    links = createLinks({ ...library, now: () => nowMs, onChanged: async (id) => void changed.push(id) });
  });
  afterAll(() => library.close());
  beforeEach(async () => {
    changed = [];
    owner = await library.createMember();
    clipId = (await library.createReadyClip(owner, { title: 'The goal' })).id;
  });

  const create = async (expiresInHours: number | null = null) => {
    const link = await links.create(owner.user.id, clipId, expiresInHours);
    return { ...link, token: link.path.replace('/l/', '') };
  };
  const expectGone = async (token: string) => {
    await expect(links.get(token)).rejects.toMatchObject({ code: 'LINK_GONE' });
    await expect(links.file(token, 'video')).rejects.toMatchObject({ code: 'LINK_GONE' });
  };

  it('show the clip to whoever has one, and no ids', async () => {
    const { token, expiresAt } = await create();
    expect(expiresAt).toBeNull();
    const clip = await links.get(token);
    expect(clip).toMatchObject({
      title: 'The goal',
      ownerName: owner.user.username,
      durationMs: 60_000,
      downloadUrl: `/api/links/${token}/download`,
    });
    expect(clip.videoUrl).toMatch(new RegExp(`^/api/links/${token}/video\\?v=`));
    expect(JSON.stringify(clip)).not.toContain(clipId);
    expect(JSON.stringify(clip)).not.toContain(owner.user.id);
    expect(await links.file(token, 'video')).toMatchObject({ sizeBytes: 5 });
  });

  it('have tokens that can not be guessed', async () => {
    const tokens = new Set<string>();
    for (let count = 0; count < 10; count++) tokens.add((await create()).token);
    expect(tokens.size).toBe(10);
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    await expectGone('A'.repeat(43));
    await expectGone('');
  });

  it('stop working when they expire', async () => {
    const { token, expiresAt } = await create(2);
    expect(expiresAt).toBe(new Date(nowMs + 2 * HOUR).toISOString());
    nowMs += 2 * HOUR - 1;
    await links.get(token);
    nowMs += 1;
    await expectGone(token);
    expect(await links.list(owner.user.id, clipId)).toEqual([]);
    await links.forgetExpired();
    expect(await library.db.clipLink.count({ where: { clipId } })).toBe(0);
  });

  it('stop working when they are revoked, one by one', async () => {
    const [one, other] = [await create(), await create(1)];
    expect((await links.list(owner.user.id, clipId)).map(({ id }) => id).toSorted()).toEqual(
      [one.id, other.id].toSorted(),
    );
    await links.revoke(owner.user.id, one.id);
    await expectGone(one.token);
    await links.get(other.token);
    await expect(links.revoke(owner.user.id, one.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(changed).toEqual([clipId, clipId, clipId]);
  });

  it('stop working with the clip, and work again when its deletion is undone', async () => {
    const { token } = await create();
    await library.clips.remove(owner.user.id, clipId);
    await expectGone(token);
    await library.clips.restore(owner.user.id, [clipId]);
    expect(await links.get(token)).toMatchObject({ title: 'The goal' });
  });

  it('are created, listed and revoked only by the owner', async () => {
    const link = await create();
    const stranger = (await library.createMember()).user.id;
    for (const attempt of [
      () => links.list(stranger, clipId),
      () => links.create(stranger, clipId, null),
      () => links.revoke(stranger, link.id),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await links.get(link.token);
  });

  it('can not be created for a clip that is still being made, nor without limit', async () => {
    const { user, channelId } = owner;
    const range = { fromAt: new Date(0), toAt: new Date(1000), durationMs: 1000 };
    const { id } = await library.db.replayClip.create({
      data: { userId: user.id, roomName: channelId, title: 'unfinished', ...range },
    });
    await expect(links.create(user.id, id, null)).rejects.toMatchObject({ code: 'CLIP_NOT_READY' });
    for (let count = 0; count < 20; count++) await create();
    await expect(create()).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });
});
