import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layOutClip } from '@hindsight/mp4/layout/clip-layout';
import { layOutSounds } from '@hindsight/mp4/layout/separate-sounds';
import { parseMovieTracks } from '@hindsight/mp4/tables/movie-tracks';
import { readMoov } from '@hindsight/mp4/tables/sample-tables';
import { packets, pictures } from '@hindsight/mp4/testing/samples';
import { openLibrary, type Library } from '../capture/testing/clip-library.ts';
import { SHARE_TRACK } from '../capture/mix/separate-tracks.ts';
import { fromHttpError, sendAppError } from '../http/error-reply.ts';
import { createLinks } from '../links/links.service.ts';
import { linkStreamRoutes } from '../links/link-stream.route.ts';
import type { ProgramKeyScope } from '@hindsight/shared/account/program-key';
import { clipStreamRoutes } from './clip-stream.route.ts';
import { asStored } from './testing/as-stored.ts';
import type { Member } from './testing/people.ts';

const END = 96_000;

/** The clip has two seconds of pictures and sound, whose bytes say where they lie. */
const { head, sizeBytes } = layOutClip(
  [{ segments: [{ runs: [pictures(0, 20), packets(0, 100)] }], startSeconds: 0, durationSeconds: 2 }],
  0,
);
const VIDEO = Buffer.concat([head, Buffer.alloc(sizeBytes - head.length, 'v')]);

/** Makes a file of separate tracks, in which each packet says whose it is. */
function tracksOf(names: readonly string[]): Buffer {
  const layout = layOutSounds(
    names.map((name) => ({
      name,
      packets: Array.from({ length: 100 }, (_, index) => ({
        ...{ at: index * 960, samples: 960, payload: Buffer.from(`<${name}>`) },
      })),
    })),
    { presentedFrom: 0, end: END, recordedAtMs: 0 },
  );
  return Buffer.concat([
    layout.head,
    ...layout.parts.map((part) => ('bytes' in part ? part.bytes : Buffer.of())),
  ]);
}

describe('a clip with separate tracks', () => {
  let library: Library;
  let owner: Member;
  let friend: Member;
  let app: FastifyInstance;
  let clipId: string;

  beforeAll(async () => {
    library = await openLibrary({ quotaBytes: 10_000_000 });
    [owner, friend] = [await library.createMember(), await library.createMember()];
    const { db, clips, storage, trackDownloads: tracks } = library;
    const separate = tracksOf([SHARE_TRACK, friend.user.id, owner.user.id, owner.user.id, randomUUID()]);
    clipId = (await library.createReadyClip(owner, { video: VIDEO, tracks: separate, title: 'Our “win”' }))
      .id;
    await db.clipVoice.createMany({
      data: [owner, friend].map(({ user }) => ({ clipId, userId: user.id })),
    });
    app = Fastify();
    app.setErrorHandler((error, _request, reply) =>
      sendAppError(reply, fromHttpError(error instanceof Error ? error : new Error(String(error)))),
    );
    clipStreamRoutes(app, {
      ...{ clips, storage, tracks, exactVideos: asStored(storage) },
      identify: async ({ headers: { 'x-user': id, 'x-scope': scope } }) => {
        if (typeof id !== 'string') return null;
        const key =
          scope === undefined
            ? null
            : { id: randomUUID(), name: 'k', scope: scope as ProgramKeyScope, pressSeconds: null };
        return { user: { id, username: 'u', isInstanceAdmin: false }, key };
      },
    });
    linkStreamRoutes(app, {
      links: createLinks({ db, events: library.events, onChanged: async () => undefined }),
      ...{ storage, exactVideos: asStored(storage) },
    });
  });
  afterAll(async () => {
    await app.close();
    await library.close();
  });

  const ask = (
    headers: Record<string, string> = {},
    { id = clipId, method = 'GET' }: { id?: string; method?: InjectOptions['method'] } = {},
  ) =>
    app.inject({ method, url: `/api/clips/${id}/tracks`, headers: { 'x-user': owner.user.id, ...headers } });

  it('has the mix first, then the share, its owner and the others, each by name and with its own packets', async () => {
    const { statusCode, rawPayload, headers } = await ask();
    expect(statusCode).toBe(200);
    expect(headers['content-length']).toBe(String(rawPayload.length));
    expect(headers['content-disposition']).toContain('.tracks.mp4');
    const movie = await readMoov(
      'served',
      async (at, length) => rawPayload.subarray(at, at + length),
      (moov) => parseMovieTracks(moov, 'served'),
    );
    const { username } = owner.user;
    expect(movie.map(({ name }) => name)).toEqual([
      ...[undefined, 'Mix', 'Share', username, `${username} 2`],
      friend.user.username,
    ]);
    const bytesOf = (track: number) =>
      new Set(
        movie[track]?.samples.map(({ offset, sizeBytes: length }) =>
          rawPayload.toString('latin1', offset, offset + length),
        ),
      );
    expect([...bytesOf(1)].join('')).toMatch(/^v+$/);
    expect(bytesOf(2)).toEqual(new Set([`<${SHARE_TRACK}>`]));
    expect(bytesOf(4)).toEqual(new Set([`<${owner.user.id}>`]));
    expect(bytesOf(5)).toEqual(new Set([`<${friend.user.id}>`]));
    for (const { samples } of movie.slice(2)) expect(samples).toHaveLength(100);
    // It tells its title, like every download.
    expect(rawPayload.includes('Our “win”')).toBe(true);
  });

  it('has nothing any more of somebody who took their voice out, although it is not mixed anew yet', async () => {
    const { id } = friend.user;
    const said = `<${id}>`;
    const before = await ask();
    expect(before.rawPayload.includes(said)).toBe(true);
    const take = (takenOutAt: Date | null) =>
      library.db.clipVoice.update({
        where: { clipId_userId: { clipId, userId: id } },
        data: { takenOutAt },
      });
    await take(new Date());
    const { statusCode, headers, rawPayload } = await ask();
    // The other tests need it.
    await take(null);
    expect(statusCode).toBe(200);
    expect(headers.etag).not.toBe(before.headers.etag);
    expect(rawPayload.includes(said)).toBe(false);
    expect(rawPayload.includes(friend.user.username)).toBe(false);
    expect(rawPayload.includes(`<${owner.user.id}>`)).toBe(true);
  });

  it('is served by ranges, and as unchanged while it is', async () => {
    const { rawPayload, headers } = await ask();
    const middle = Math.round(rawPayload.length / 2);
    for (const [start, end] of [
      [0, 9],
      [900, 3000],
      [middle, middle + 5000],
      [rawPayload.length - 20, rawPayload.length - 1],
    ] as const) {
      const part = await ask({ range: `bytes=${start}-${end}` });
      expect(part.statusCode).toBe(206);
      expect(part.rawPayload.equals(rawPayload.subarray(start, end + 1))).toBe(true);
    }
    expect((await ask({ range: `bytes=${rawPayload.length}-` })).statusCode).toBe(416);
    const etag = String(headers.etag);
    expect((await ask({ 'if-none-match': etag })).statusCode).toBe(304);
    expect((await ask({}, { method: 'HEAD' })).headers['content-length']).toBe(String(rawPayload.length));
    await library.db.user.update({ where: { id: friend.user.id }, data: { username: 'Zoë' } });
    const renamed = await ask();
    expect(renamed.headers.etag).not.toBe(etag);
    expect(renamed.rawPayload.includes('Zoë')).toBe(true);
  });

  it('is for its owner alone, and for a key of theirs that reads', async () => {
    const { db } = library;
    const stranger = await library.createMember();
    const reader = await library.createMember();
    // A reader may watch the clip, and so may whoever is heard in it.
    const { communityId, channelId } = owner;
    for (const { user } of [reader, friend])
      await db.communityMember.create({ data: { communityId, userId: user.id } });
    await db.message.create({
      data: { channelId, authorId: owner.user.id, text: '', hasClip: true, clipId },
    });
    const watch = await app.inject({
      url: `/api/clips/${clipId}/video`,
      headers: { 'x-user': reader.user.id },
    });
    expect(watch.statusCode).toBe(200);
    for (const { user } of [reader, friend, stranger])
      for (const method of ['GET', 'HEAD'] as const)
        expect((await ask({ 'x-user': user.id }, { method })).statusCode).toBe(404);
    const links = createLinks({ db, events: library.events, onChanged: async () => undefined });
    const link = await links.create(owner.user.id, clipId, null);
    const token = link.path.split('/').at(-1);
    expect((await app.inject({ url: `/api/links/${token}/video` })).statusCode).toBe(200);
    expect((await app.inject({ url: `/api/links/${token}/tracks` })).statusCode).toBe(404);

    expect((await ask({ 'x-scope': 'READ' })).statusCode).toBe(200);
    expect((await ask({ 'x-scope': 'READ', 'x-user': reader.user.id })).statusCode).toBe(404);
    expect((await ask({ 'x-scope': 'PRESS' })).json()).toMatchObject({ error: { code: 'KEY_NOT_ALLOWED' } });
    expect((await app.inject({ url: `/api/clips/${clipId}/tracks` })).statusCode).toBe(401);
  });

  it('is not there for clips without, unknown ones, and those that were deleted', async () => {
    const without = await library.createReadyClip(owner, { video: VIDEO });
    for (const id of [without.id, randomUUID(), 'x']) expect((await ask({}, { id })).statusCode).toBe(404);
    const { usedBytes } = await library.quota.mine(owner.user.id);
    await library.clips.remove(owner.user.id, clipId);
    expect((await ask()).statusCode).toBe(404);
    const row = await library.db.replayClip.findUniqueOrThrow({
      where: { id: clipId },
      include: { tracksFile: true },
    });
    expect((await library.quota.mine(owner.user.id)).usedBytes).toBe(usedBytes - Number(row.sizeBytes));
    library.clock.nowMs += 60_000;
    await library.clips.purge();
    await library.deletions.run(new AbortController().signal);
    const key = row.tracksFile?.storageKey ?? '';
    await expect(library.storage.read(key, { start: 0, end: 9 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await library.db.file.count({ where: { storageKey: key } })).toBe(0);
  });
});
