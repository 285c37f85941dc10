import { randomUUID } from 'node:crypto';
import type { ClipEvent, ClipListInput } from '@hindsight/shared/clips/clip';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeCursor } from './clip-page.ts';
import { openLibrary, type Library } from '../capture/testing/clip-library.ts';
import type { Member } from './testing/people.ts';

/** Writing ten thousand rows takes a busy machine a while. */
const MANY_ROWS_MS = 60_000;
const ALL: ClipListInput = { offset: 0, limit: 24, sort: 'newest' };

describe('clips', () => {
  let library: Library;
  let owner: Member;
  beforeAll(async () => {
    library = await openLibrary();
  });
  afterAll(() => library.close());
  beforeEach(async () => {
    owner = await library.createMember();
  });

  const list = (input: Partial<ClipListInput> = {}) =>
    library.clips.list(owner.user.id, { ...ALL, ...input });
  const titles = async (input: Partial<ClipListInput> = {}) =>
    (await list(input)).items.map(({ title }) => title);

  /** Creates a row without a file. */
  async function createUnfinished(status: 'PROCESSING' | 'FAILED', reservedBytes = 0) {
    const { user, channelId, communityId } = owner;
    return library.db.$transaction(async (tx) => {
      await library.quota.reserve(tx, user.id, reservedBytes);
      return tx.replayClip.create({
        data: {
          userId: user.id,
          channelId,
          communityId,
          roomName: channelId,
          title: 'unfinished',
          status,
          errorCode: status === 'FAILED' ? 'DISK_LOW' : null,
          fromAt: new Date(0),
          toAt: new Date(1000),
          durationMs: 1000,
          reservedBytes: BigInt(reservedBytes),
        },
      });
    });
  }

  it('shows a READY clip with everything a player needs', async () => {
    const { id, fileId, posterFileId } = await library.createReadyClip(owner, { title: 'The goal' });
    expect(await library.clips.get(owner.user.id, id)).toMatchObject({
      id,
      title: 'The goal',
      channelId: owner.channelId,
      channelName: 'Lounge',
      communityId: owner.communityId,
      status: 'READY',
      phase: null,
      progress: null,
      errorCode: null,
      canRetry: false,
      sizeBytes: 5,
      videoUrl: `/api/clips/${id}/video?v=${fileId}`,
      posterUrl: `/api/clips/${id}/poster.jpg?v=${posterFileId}`,
      downloadUrl: `/api/clips/${id}/download`,
    });
  });

  it('shows a clip that is being made with its progress, and no files', async () => {
    const { id } = await createUnfinished('PROCESSING', 700);
    await library.feed.report(id, 'WRITING', 0.4);
    expect(await library.clips.get(owner.user.id, id)).toMatchObject({
      status: 'PROCESSING',
      phase: 'WRITING',
      progress: 0.4,
      sizeBytes: 700,
      videoUrl: null,
      downloadUrl: null,
    });
  });

  it.each([true, false])(
    'offers a retry of a failed clip while the buffer has it: %s',
    async (isBuffered) => {
      const { id } = await createUnfinished('FAILED');
      library.buffer.isBuffered = isBuffered;
      expect(await library.clips.get(owner.user.id, id)).toMatchObject({
        status: 'FAILED',
        errorCode: 'DISK_LOW',
        canRetry: isBuffered,
      });
    },
  );

  it('pages through every clip once, in each order, by cursor and by offset', async () => {
    const at = new Date('2026-11-21T10:00:00Z');
    for (const index of [0, 1, 2, 3, 4, 5, 6]) {
      await library.createReadyClip(owner, {
        title: `clip ${index}`,
        // The values repeat on purpose, because the order must be total all the same.
        pressedAt: new Date(at.getTime() + Math.floor(index / 3)),
        durationMs: (index % 2) * 1000,
        video: Buffer.alloc(1 + (index % 3)),
      });
    }
    for (const sort of ['newest', 'oldest', 'largest', 'longest'] as const) {
      const whole = await titles({ sort });
      expect(whole).toHaveLength(7);
      const paged: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await list({ sort, limit: 3, cursor });
        expect(page.total).toBe(7);
        expect(page.hasMore).toBe(page.nextCursor !== null);
        paged.push(...page.items.map(({ title }) => title));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(paged).toEqual(whole);
      expect(await titles({ sort, limit: 3, offset: 3 })).toEqual(whole.slice(3, 6));
    }
    expect((await titles({ sort: 'oldest' }))[0]).toMatch(/clip [012]/);
    expect((await list({ sort: 'largest' })).items[0]?.sizeBytes).toBe(3);
    expect((await list({ sort: 'longest' })).items[0]?.durationMs).toBe(1000);
  });

  it('continues after a clip that has been deleted meanwhile', async () => {
    for (const title of ['a', 'b', 'c']) await library.createReadyClip(owner, { title });
    const first = await list({ limit: 1, sort: 'oldest' });
    await library.clips.remove(owner.user.id, first.items[0]?.id ?? '');
    expect(await titles({ sort: 'oldest', cursor: first.nextCursor ?? '' })).toEqual(['b', 'c']);
  });

  it('finds titles by any part, without wildcards', async () => {
    for (const title of ['100% win', '1000 wins', 'a_b', 'aXb', String.raw`back\slash`])
      await library.createReadyClip(owner, { title });
    expect(await titles({ search: 'WIN' })).toEqual(['1000 wins', '100% win']);
    expect(await titles({ search: '0%' })).toEqual(['100% win']);
    expect(await titles({ search: 'a_b' })).toEqual(['a_b']);
    expect(await titles({ search: '\\' })).toEqual([String.raw`back\slash`]);
    expect(await titles({ search: 'nothing' })).toEqual([]);
  });

  it('lists only the clips of one community', async () => {
    const other = await library.createMember();
    await library.createReadyClip(owner, { title: 'here' });
    await library.createReadyClip(owner, { title: 'there', communityId: other.communityId });
    expect(await titles({ communityId: owner.communityId })).toEqual(['here']);
  });

  it('lists the clips of one channel, and of some days', async () => {
    const other = await library.createMember();
    const at = (day: number) => new Date(`2026-11-${day}T10:00:00.000Z`);
    for (const day of [18, 19, 20])
      await library.createReadyClip(owner, { title: `on the ${day}`, pressedAt: at(day) });
    const elsewhere = { ...owner, channelId: other.channelId };
    await library.createReadyClip(elsewhere, { title: 'elsewhere', pressedAt: at(19) });
    const [since, until] = [at(19).toISOString(), at(20).toISOString()];
    expect(await titles({ channelId: other.channelId })).toEqual(['elsewhere']);
    // The first moment is included, the last is not.
    const { channelId } = owner;
    expect(await titles({ channelId, since })).toEqual(['on the 20', 'on the 19']);
    expect(await titles({ channelId, until })).toEqual(['on the 19', 'on the 18']);
    expect(await titles({ channelId, since, until, search: 'ON THE' })).toEqual(['on the 19']);
    expect(await titles({ since: until, until: since })).toEqual([]);
    const first = await list({ limit: 1, since });
    expect(first.total).toBe(3);
    expect(await titles({ since, cursor: first.nextCursor ?? '' })).toHaveLength(2);
  });

  it(
    'reads a page far into ten thousand clips by its index, without reading those before it',
    async () => {
      const { user, channelId } = owner;
      await library.db.$executeRaw`
      INSERT INTO "ReplayClip"
        (id, "userId", "roomName", title, status, "fromAt", "toAt", "durationMs", "pressedAt", "updatedAt")
      SELECT gen_random_uuid(), ${user.id}::uuid, ${channelId}, 'clip ' || n, 'FAILED', to_timestamp(0),
        to_timestamp(1), 1000, to_timestamp(n * 60), now()
      FROM generate_series(0, 9999) AS n`;
      await library.db.$executeRaw`ANALYZE "ReplayClip"`;
      const where = { id: randomUUID(), pressedAt: new Date(2000 * 60_000), sizeBytes: 0n, durationMs: 0 };
      const page = await list({ cursor: encodeCursor('newest', where) });
      const shown = page.items.map(({ title }) => title).filter((title) => title !== 'clip 2000');
      expect(shown[0]).toBe('clip 1999');
      const plan = await library.db.$queryRaw<{ 'QUERY PLAN': string }[]>`
      EXPLAIN ANALYZE SELECT * FROM "ReplayClip"
      WHERE "userId" = ${user.id}::uuid AND "removedAt" IS NULL AND "pressedAt" <= ${where.pressedAt}
        AND ("pressedAt" < ${where.pressedAt} OR ("pressedAt" = ${where.pressedAt} AND id < ${where.id}::uuid))
      ORDER BY "pressedAt" DESC, id DESC LIMIT 25`;
      const text = plan.map((line) => line['QUERY PLAN']).join('\n');
      expect(text).toContain('ReplayClip_userId_pressedAt_idx');
      expect(text).not.toContain('Seq Scan');
      const [, filtered = '0'] = /Rows Removed by Filter: (\d+)/.exec(text) ?? [];
      expect(Number(filtered)).toBeLessThan(25);
    },
    MANY_ROWS_MS,
  );

  it('renames a clip', async () => {
    const { id } = await library.createReadyClip(owner);
    expect(await library.clips.update(owner.user.id, id, { title: 'Better' })).toMatchObject({
      title: 'Better',
    });
    expect(await titles()).toEqual(['Better']);
  });

  it('releases the reservation when a clip is removed that is being made', async () => {
    const { id } = await createUnfinished('PROCESSING', 700);
    expect(await library.clips.remove(owner.user.id, id)).toMatchObject({ freedBytes: 0 });
    expect(await library.quota.mine(owner.user.id)).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
  });

  it('frees the quota once when a clip is removed twenty times at once', async () => {
    const kept = await library.createReadyClip(owner, { video: Buffer.alloc(100) });
    const { id } = await library.createReadyClip(owner, { video: Buffer.alloc(100) });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => library.clips.remove(owner.user.id, id)),
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused).toHaveLength(19);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'NOT_FOUND' });
    expect((await library.quota.mine(owner.user.id)).usedBytes).toBe(100);
    expect((await list()).items.map((clip) => clip.id)).toEqual([kept.id]);
  });

  it('tells the owner of every change', async () => {
    const { id } = await library.createReadyClip(owner);
    const events: ClipEvent[] = [];
    const stop = library.events.listen('clip', ({ userId, event }) => {
      if (userId === owner.user.id) events.push(event);
    });
    await library.clips.update(owner.user.id, id, { title: 'Better' });
    await library.clips.remove(owner.user.id, id);
    stop();
    expect(events).toMatchObject([
      { type: 'changed', clip: { id, title: 'Better' } },
      { type: 'removed', clipId: id },
    ]);
  });

  it('tells who spoke when, the share first, and nothing of a voice that is no longer in the clip', async () => {
    const { id: clipId } = await library.createReadyClip(owner);
    const { user: friend } = await library.createMember();
    expect(await library.clips.lanes(owner.user.id, clipId)).toEqual([]);
    await library.db.clipVoice.createMany({
      data: [
        { clipId, userId: friend.id, loudness: Uint8Array.of(0, 70) },
        // Its loudness isn't known yet.
        { clipId, userId: owner.user.id },
      ],
    });
    await library.db.clipShareLoudness.create({ data: { clipId, loudness: Uint8Array.of(50, 60) } });
    const share = { voice: null, peaks: [50, 60] };
    const { username } = friend;
    expect(await library.clips.lanes(owner.user.id, clipId)).toEqual([
      share,
      { voice: { userId: friend.id, username, isMine: false }, peaks: [0, 70] },
    ]);
    await library.db.clipVoice.delete({ where: { clipId_userId: { clipId, userId: friend.id } } });
    expect(await library.clips.lanes(owner.user.id, clipId)).toEqual([share]);
  });

  it('answers alike for clips of others and for unknown ids', async () => {
    const { id } = await library.createReadyClip(owner);
    const stranger = (await library.createMember()).user.id;
    for (const clipId of [id, randomUUID()]) {
      const attempts = await Promise.allSettled([
        library.clips.get(stranger, clipId),
        library.clips.update(stranger, clipId, { title: 'mine now' }),
        library.clips.remove(stranger, clipId),
        library.clips.file(stranger, clipId, 'video'),
        library.clips.lanes(stranger, clipId),
      ]);
      for (const attempt of attempts)
        expect(attempt).toMatchObject({ status: 'rejected', reason: { code: 'NOT_FOUND' } });
    }
    expect(await library.clips.list(stranger, ALL)).toMatchObject({ items: [], total: 0 });
    expect(await titles()).toEqual(['Lounge, 1 min']);
  });

  it('has no file to serve until the clip is READY', async () => {
    const { id } = await createUnfinished('PROCESSING', 1);
    await expect(library.clips.file(owner.user.id, id, 'video')).rejects.toMatchObject({
      code: 'CLIP_NOT_READY',
    });
  });
});
