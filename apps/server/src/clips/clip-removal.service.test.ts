import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { CLIP_UNDO_MS, type ClipEvent, type ClipListInput } from '@hindsight/shared/clips/clip';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLibrary, type Library } from '../capture/testing/clip-library.ts';
import type { Member } from './testing/people.ts';

const ALL: ClipListInput = { offset: 0, limit: 24, sort: 'newest' };
const QUOTA_BYTES = 10_000;

describe('deleting clips', () => {
  let library: Library;
  let owner: Member;
  beforeAll(async () => {
    library = await openLibrary({ quotaBytes: QUOTA_BYTES });
  });
  afterAll(() => library.close());
  beforeEach(async () => {
    owner = await library.createMember();
  });

  const create = (bytes: number) => library.createReadyClip(owner, { video: Buffer.alloc(bytes) });
  const remove = (id: string) => library.clips.remove(owner.user.id, id);
  const restore = (...ids: string[]) => library.clips.restore(owner.user.id, ids);
  const listed = async () => (await library.clips.list(owner.user.id, ALL)).items.map(({ id }) => id);
  const used = async () => (await library.quota.mine(owner.user.id)).usedBytes;
  /** Purges when nothing can be undone any more, and deletes the files. */
  async function purge(): Promise<void> {
    library.clock.nowMs += CLIP_UNDO_MS + 6 * SECOND;
    await library.clips.purge();
    await library.deletions.run(new AbortController().signal);
  }
  const pathOf = (id: string) => join(library.root, 'replays', owner.user.id, `${id}.mp4`);

  it('frees the quota at once, hides the clip from everybody, and keeps its file while it can be undone', async () => {
    const { id } = await create(4000);
    const until = new Date(library.clock.nowMs + CLIP_UNDO_MS).toISOString();
    expect(await remove(id)).toEqual({
      freedBytes: 4000,
      remainingQuotaBytes: QUOTA_BYTES,
      undoUntil: until,
    });
    expect(await listed()).toEqual([]);
    const { clips } = library;
    for (const attempt of [
      () => clips.get(owner.user.id, id),
      () => clips.update(owner.user.id, id, { title: 'back?' }),
      () => clips.file(owner.user.id, id, 'video'),
      () => clips.remove(owner.user.id, id),
      () => clips.removeMany(owner.user.id, [id]),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await clips.purge();
    await library.deletions.run(new AbortController().signal);
    expect(existsSync(pathOf(id))).toBe(true);
  });

  it('deletes row and file when it can not be undone any more', async () => {
    const { id } = await create(4000);
    await remove(id);
    await purge();
    expect(await library.db.replayClip.count({ where: { id } })).toBe(0);
    expect(await library.db.file.count({ where: { filename: id } })).toBe(0);
    expect(existsSync(pathOf(id))).toBe(false);
    expect(existsSync(pathOf(id).replace('.mp4', '.jpg'))).toBe(false);
    await expect(restore(id)).rejects.toMatchObject({ code: 'UNDO_EXPIRED' });
  });

  it('restores clips unchanged, with their quota, and tells their owner', async () => {
    const [one, other] = [await create(3000), await create(2000)];
    const events: ClipEvent[] = [];
    const stop = library.events.listen('clip', ({ event }) => void events.push(event));
    const removed = await library.clips.removeMany(owner.user.id, [one.id, other.id, one.id]);
    expect(removed).toMatchObject({ freedBytes: 5000, remainingQuotaBytes: QUOTA_BYTES });
    const restored = await restore(one.id, other.id);
    stop();
    expect(restored.remainingQuotaBytes).toBe(5000);
    expect(restored.clips.map(({ id }) => id).toSorted()).toEqual([one.id, other.id].toSorted());
    expect(restored.clips.map(({ status }) => status)).toEqual(['READY', 'READY']);
    expect(events.map(({ type }) => type)).toEqual(['removed', 'removed', 'changed', 'changed']);
    expect((await listed()).toSorted()).toEqual([one.id, other.id].toSorted());
    expect(await used()).toBe(5000);
    await purge();
    expect(existsSync(pathOf(one.id))).toBe(true);
  });

  it('does not restore a clip that no longer fits into the quota', async () => {
    const { id } = await create(6000);
    await remove(id);
    await create(5000);
    await expect(restore(id)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await listed()).not.toContain(id);
    expect(await used()).toBe(5000);
  });

  it('restores all or nothing, and only what is the caller’s own', async () => {
    const { id } = await create(100);
    await remove(id);
    const stranger = await library.createMember();
    await expect(restore(id, randomUUID())).rejects.toMatchObject({ code: 'UNDO_EXPIRED' });
    await expect(library.clips.restore(stranger.user.id, [id])).rejects.toMatchObject({
      code: 'UNDO_EXPIRED',
    });
    expect(await listed()).toEqual([]);
    await restore(id);
    // The second request finds the clip already restored.
    await restore(id);
    expect(await used()).toBe(100);
  });

  it('removes none of many when one of them is not the caller’s own', async () => {
    const { id } = await create(100);
    const foreign = await library.createReadyClip(await library.createMember());
    await expect(library.clips.removeMany(owner.user.id, [id, foreign.id])).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await listed()).toEqual([id]);
  });

  it('cancels a clip that is still being made, at once and for good', async () => {
    const { user, channelId } = owner;
    const { id } = await library.db.$transaction(async (tx) => {
      await library.quota.reserve(tx, user.id, 700);
      const range = { fromAt: new Date(0), toAt: new Date(1000), durationMs: 1000, reservedBytes: 700n };
      return tx.replayClip.create({
        data: { userId: user.id, roomName: channelId, title: 'unfinished', ...range },
      });
    });
    expect(await remove(id)).toEqual({
      freedBytes: 0,
      remainingQuotaBytes: QUOTA_BYTES,
      undoUntil: null,
    });
    expect(await library.db.replayClip.count({ where: { id } })).toBe(0);
    await expect(restore(id)).rejects.toMatchObject({ code: 'UNDO_EXPIRED' });
  });

  it('counts every byte once when a clip is removed, restored and purged twenty times at once', async () => {
    const kept = await create(100);
    const clips = [await create(200), await create(300)];
    const steps = Array.from({ length: 20 }, (_, index) => clips[index % 2]?.id ?? '').flatMap((id) => [
      () => remove(id),
      () => restore(id),
      () => library.clips.purge(),
    ]);
    const outcomes = await Promise.allSettled(steps.map((step) => step()));
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(['NOT_FOUND', 'UNDO_EXPIRED']).toContain((outcome.reason as { code?: string }).code);
    const rows = await library.db.replayClip.findMany({ where: { userId: owner.user.id, removedAt: null } });
    expect(rows.map(({ id }) => id)).toContain(kept.id);
    expect(await used()).toBe(rows.reduce((sum, row) => sum + Number(row.sizeBytes), 0));
  });
});
