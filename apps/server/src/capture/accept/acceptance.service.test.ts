import { randomUUID } from 'node:crypto';
import type { Prisma } from '@hindsight/db/client';
import type { CaptureLevels } from '@hindsight/shared/clips/clip-voices';
import type { Timeline } from '../../buffer/piece.ts';
import { GiB, SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDiskGuard } from '../../storage/disk-guard.ts';
import { createChat, type Chat } from '../../chat/chat.ts';
import { openLibrary, type Library } from '../testing/clip-library.ts';
import { createMember, type Member } from '../../clips/testing/people.ts';
import { createAccess } from '../../access/access.service.ts';
import { createLog } from '../../log.ts';
import { createAcceptance, type Capture } from './acceptance.service.ts';
import { chosenGainsDb } from '../mix/chosen-gains.ts';
import { mixReservationBytes } from './reservation.ts';
import { pieces } from '../../buffer/testing/pieces.ts';
import { createJoins } from '../join/joins.service.ts';
import { createTrims } from '../trim/trims.service.ts';

const QUOTA_BYTES = 50_000_000;

describe('accepting captures', () => {
  let library: Library;
  let chat: Chat;
  let member: Member;
  let capture: Capture;
  /** Every user in these tests has this buffer. */
  let timeline: Timeline;
  let isLive: boolean;
  let freeBytes: number;
  let enqueued: string[];
  /** Runs before each transaction of a press. */
  let beforeTransaction: () => Promise<void>;

  beforeAll(async () => {
    library = await openLibrary({ quotaBytes: QUOTA_BYTES });
    chat = createChat({ ...library, access: createAccess(library), log: createLog({ level: 'silent' }) });
  });
  afterAll(() => library.close());
  beforeEach(async () => {
    member = await library.createMember();
    isLive = false;
    freeBytes = 10 * GiB;
    enqueued = [];
    beforeTransaction = async () => undefined;
    // It covers twenty seconds, up to now.
    timeline = pieces('a', Date.now() - 20 * SECOND, 5);
    const disk = createDiskGuard({
      path: '/',
      floorBytes: 1,
      floorFraction: 0,
      statfs: async () => ({ bsize: 1, blocks: freeBytes, bavail: freeBytes }),
    });
    const enqueue = async ({ id }: { id: string }) => void enqueued.push(id);
    capture = createAcceptance({
      db: new Proxy(library.db, {
        get(db, name) {
          if (name !== '$transaction') return Reflect.get(db, name) as unknown;
          return async (work: (tx: Prisma.TransactionClient) => Promise<unknown>) => {
            await beforeTransaction();
            return db.$transaction(work);
          };
        },
      }),
      access: createAccess({ db: library.db }),
      source: {
        pieces: async () => timeline,
        atPress: async () => ({ timeline, isLive, hasVoices: true }),
      },
      disk,
      quota: library.quota,
      feed: library.feed,
      trims: createTrims({ ...library, disk, enqueue }),
      joins: createJoins({ ...library, disk, enqueue }),
      posts: chat.clipPosts,
      enqueue,
      makeSoon: ({ id }) => void enqueued.push(id),
      makeAccepted: ({ id }) => void enqueued.push(id),
      serverId: library.servers.id,
    });
  });

  const press = () =>
    capture.accept(member.user, { channelId: member.channelId, lastMinutes: 1, pressedAgoMs: 0 });
  const pressAt = (levels: CaptureLevels) =>
    capture.accept(member.user, { channelId: member.channelId, lastMinutes: 1, pressedAgoMs: 0, levels });
  const held = async () => (await library.quota.mine(member.user.id)).reservedBytes;
  const expectNothing = async () => {
    expect(await held()).toBe(0);
    expect(await library.db.replayClip.count({ where: { userId: member.user.id } })).toBe(0);
    expect(enqueued).toEqual([]);
  };

  it('reserves room for a mix when the share is to have another level', async () => {
    const asSent = (await press()).clip.sizeBytes;
    expect((await pressAt({ shareDb: 0, voices: [] })).clip.sizeBytes).toBe(asSent);
    const quieter = (await pressAt({ shareDb: -6, voices: [] })).clip.sizeBytes;
    expect(quieter - asSent).toBe(mixReservationBytes(20 * SECOND));
  });

  it('answers with the clip that will be made, reserves its quota and starts making it', async () => {
    const { clip, isShorterThanAsked } = await press();
    expect(clip).toMatchObject({
      status: 'PROCESSING',
      title: 'Lounge, 0:20',
      from: new Date(timeline[0]?.fromMs ?? 0).toISOString(),
      to: new Date(timeline.at(-1)?.toMs ?? 0).toISOString(),
      durationMs: 20_000,
      communityId: member.communityId,
      channelName: 'Lounge',
    });
    expect(isShorterThanAsked).toBe(true);
    expect(clip.sizeBytes).toBeGreaterThan(5_000_000);
    expect(await held()).toBe(clip.sizeBytes);
    expect(enqueued).toEqual([clip.id]);
  });

  it('is accepted anew when its clip is removed while the press is sent again', async () => {
    const again = () =>
      capture.accept(member.user, {
        channelId: member.channelId,
        lastMinutes: 1,
        pressedAgoMs: 0,
        pressKey: 'key',
      });
    const { clip } = await again();
    let transactions = 0;
    beforeTransaction = async () => {
      transactions += 1;
      // The first one finds that the press is there, and the second one looks it up.
      if (transactions === 2) await library.db.replayClip.delete({ where: { id: clip.id } });
    };
    const { clip: anew } = await again();
    expect(anew.id).not.toBe(clip.id);
    expect(transactions).toBe(3);
  });

  it('is refused when it is sent again while the deletion of its clip can be undone, and is that clip after Undo', async () => {
    const again = () =>
      capture.accept(member.user, {
        ...{ channelId: member.channelId, lastMinutes: 1, pressedAgoMs: 0, pressKey: 'key' },
      });
    const { id } = await library.createReadyClip(member);
    await library.db.replayClip.update({ where: { id }, data: { pressKey: 'key' } });
    await library.clips.remove(member.user.id, id);
    await expect(again()).rejects.toMatchObject({ code: 'CLIP_DELETED' });
    await library.clips.restore(member.user.id, [id]);
    expect((await again()).clip.id).toBe(id);
    expect(enqueued).toEqual([]);
  });

  it('says when the last picture is older than the sound, however often the press arrives', async () => {
    const frozenSinceMs = timeline.at(-1)?.fromMs ?? 0;
    const lastPictureAt = new Date(frozenSinceMs).toISOString();
    expect(await press()).toMatchObject({ lastPictureAt: null });
    timeline = timeline.map((piece, i) => (i === timeline.length - 1 ? { ...piece, frozenSinceMs } : piece));
    const input = { channelId: member.channelId, lastMinutes: 1, pressedAgoMs: 0, pressKey: 'a' } as const;
    for (let i = 0; i < 2; i++)
      expect(await capture.accept(member.user, input)).toMatchObject({ lastPictureAt });
  });

  describe('starting afresh', () => {
    const pressAfresh = (lastSeconds: number, pressedAgoMs: number, receivedAtMs?: number) =>
      capture.accept(
        member.user,
        { channelId: member.channelId, lastSeconds, pressedAgoMs, startAfresh: true },
        receivedAtMs,
      );

    it('lets the next clip begin where this one ends, and knows that it is shorter than asked', async () => {
      isLive = true;
      const { clip: first } = await pressAfresh(5, 8000);
      const { clip: next, isShorterThanAsked } = await press();
      expect(next.from).toBe(first.to);
      expect(isShorterThanAsked).toBe(true);
      // Each press says for itself whether it starts afresh.
      expect((await press()).clip.from).toBe(first.to);
    });

    it('hides nothing from a press before it that arrives later', async () => {
      isLive = true;
      const { clip: afresh } = await pressAfresh(5, 2000);
      const { clip: late } = await capture.accept(member.user, {
        channelId: member.channelId,
        ...{ lastSeconds: 5, pressedAgoMs: 8000 },
      });
      expect(Date.parse(late.to)).toBeLessThan(Date.parse(afresh.to));
      expect(Date.parse(late.to) - Date.parse(late.from)).toBeGreaterThan(3000);
    });

    it('hides nothing from whoever chooses a range', async () => {
      isLive = true;
      const { clip: first } = await pressAfresh(5, 8000);
      const [from, to] = [new Date(Date.parse(first.from) - 2000).toISOString(), first.to];
      const chosen = await capture.accept(member.user, {
        channelId: member.channelId,
        ...{ from, to, pressedAgoMs: 0 },
      });
      expect(chosen.clip.from).toBe(from);
    });

    it.each([
      ['removed', { removedAt: new Date() }],
      ['failed', { status: 'FAILED' as const, reservedBytes: 0n }],
    ])('is undone when its clip is %s', async (_how, data) => {
      isLive = true;
      const { clip } = await pressAfresh(5, 8000);
      await library.db.replayClip.update({ where: { id: clip.id }, data });
      expect(Date.parse((await press()).clip.from)).toBeLessThan(Date.parse(clip.from));
    });

    it('a second time at the same moment leaves nothing to save', async () => {
      isLive = true;
      const atMs = Date.now();
      await pressAfresh(5, 8000, atMs);
      await expect(pressAfresh(5, 8000, atMs)).rejects.toMatchObject({ code: 'RANGE_NOT_BUFFERED' });
    });
  });

  it('uses the given title', async () => {
    const input = {
      channelId: member.channelId,
      lastMinutes: 1 as const,
      pressedAgoMs: 0,
      title: 'The goal',
    };
    expect((await capture.accept(member.user, input)).clip.title).toBe('The goal');
  });

  it('ends at the time of the request, not of the call', async () => {
    isLive = true;
    const calledAt = Date.now();
    const { clip } = await capture.accept(member.user, {
      channelId: member.channelId,
      lastMinutes: 1,
      pressedAgoMs: 5000,
    });
    expect(Math.abs(Date.parse(clip.to) - (calledAt - 5000))).toBeLessThan(1000);
  });

  it('ends at the press although the network delivered its request late', async () => {
    isLive = true;
    const pressedAt = Date.now() - 9000;
    const { clip } = await capture.accept(member.user, {
      channelId: member.channelId,
      lastMinutes: 1,
      // It was sent at once, so its sender knows nothing of the delay.
      pressedAgoMs: 0,
      pressedBefore: new Date(pressedAt).toISOString(),
    });
    expect(Date.parse(clip.to)).toBe(pressedAt);
    expect(Date.parse(clip.pressedAt)).toBe(pressedAt);
  });

  it('reserves space for what is still to come while the share goes on', async () => {
    isLive = true;
    timeline = pieces('a', Date.now() - 22 * SECOND, 5);
    const { clip } = await press();
    expect(Math.abs(Date.parse(clip.to) - Date.now())).toBeLessThan(1000);
    expect(Math.abs(clip.durationMs - 22_000)).toBeLessThan(1000);
  });

  it('fails when nothing is buffered', async () => {
    timeline = [];
    await expect(press()).rejects.toMatchObject({ code: 'NO_SEGMENTS_FOUND' });
    await expectNothing();
  });

  it('fails when a range is no longer buffered', async () => {
    const [from, to] = [
      new Date(Date.now() - 3_600_000).toISOString(),
      new Date(Date.now() - 3_500_000).toISOString(),
    ];
    const attempt = capture.accept(member.user, { channelId: member.channelId, from, to, pressedAgoMs: 0 });
    await expect(attempt).rejects.toMatchObject({ code: 'RANGE_NOT_BUFFERED' });
    await expectNothing();
  });

  it('refuses when the disk is almost full', async () => {
    freeBytes = 1_000_000;
    await expect(press()).rejects.toMatchObject({ code: 'DISK_LOW' });
    await expectNothing();
  });

  it('refuses when the clip would not fit into the quota', async () => {
    timeline = pieces('a', Date.now() - 20 * SECOND, 5, { sizeBytes: QUOTA_BYTES / 5 });
    await expect(press()).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    await expectNothing();
  });

  it('refuses without CAPTURE_REPLAY, and hides channels of others', async () => {
    const powerless = await createMember(library.db, ['ENABLE_REPLAY_BUFFER']);
    const ask = (channelId: string) =>
      capture.accept(powerless.user, { channelId, lastMinutes: 1, pressedAgoMs: 0 });
    await expect(ask(powerless.channelId)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(ask(member.channelId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ask(randomUUID())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('accepts five captures of one user at a time, also of a hundred at once, and reserves exactly their quota', async () => {
    timeline = pieces('a', Date.now() - 20 * SECOND, 5, { sizeBytes: 100_000 });
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, press));
    const accepted = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value.clip] : [],
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(accepted).toHaveLength(5);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'TOO_MANY_CAPTURES' });
    expect(await held()).toBe(accepted.reduce((sum, clip) => sum + clip.sizeBytes, 0));
    expect(enqueued.toSorted()).toEqual(accepted.map(({ id }) => id).toSorted());
  });

  describe('retry', () => {
    async function createFailed() {
      const { clip } = await press();
      await library.db.$transaction(async (tx) => {
        await tx.replayClip.update({
          where: { id: clip.id },
          data: { status: 'FAILED', errorCode: 'FFMPEG_UNAVAILABLE', attempts: 3, reservedBytes: 0n },
        });
        await library.quota.release(tx, member.user.id, clip.sizeBytes);
      });
      enqueued = [];
      return clip.id;
    }

    it('makes a clip of chosen levels again with them, and with room for its mix', async () => {
      const { clip } = await pressAt({ shareDb: -20, voices: [{ userId: member.user.id, gainDb: 6 }] });
      await library.db.replayClip.update({
        where: { id: clip.id },
        data: { status: 'FAILED', reservedBytes: 0n },
      });
      await capture.retry(member.user.id, clip.id);
      const row = await library.db.replayClip.findUniqueOrThrow({ where: { id: clip.id } });
      expect(Number(row.reservedBytes)).toBe(clip.sizeBytes);
      expect(chosenGainsDb(row)).toEqual(
        new Map<string | null, number>([
          [null, -20],
          [member.user.id, 6],
        ]),
      );
    });

    it('makes a failed clip again and reserves its quota', async () => {
      const clipId = await createFailed();
      const clip = await capture.retry(member.user.id, clipId);
      expect(clip).toMatchObject({ status: 'PROCESSING', errorCode: null });
      expect(await held()).toBe(clip.sizeBytes);
      expect(await library.db.replayClip.findUnique({ where: { id: clipId } })).toMatchObject({
        attempts: 0,
      });
      expect(enqueued).toEqual([clipId]);
    });

    it('makes it once when asked twenty times at once', async () => {
      const clipId = await createFailed();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () => capture.retry(member.user.id, clipId)),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(enqueued).toEqual([clipId]);
      expect(await held()).toBe((await library.clips.get(member.user.id, clipId)).sizeBytes);
    });

    it('refuses when the buffer is gone, or the clip has not failed', async () => {
      const clipId = await createFailed();
      timeline = [];
      await expect(capture.retry(member.user.id, clipId)).rejects.toMatchObject({
        code: 'CLIP_NOT_RETRYABLE',
      });
      timeline = pieces('a', Date.now() - 20 * SECOND, 5);
      const { clip } = await press();
      await expect(capture.retry(member.user.id, clip.id)).rejects.toMatchObject({
        code: 'CLIP_NOT_RETRYABLE',
      });
    });

    it("hides other people's clips", async () => {
      const clipId = await createFailed();
      const stranger = (await library.createMember()).user.id;
      await expect(capture.retry(stranger, clipId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });
});
