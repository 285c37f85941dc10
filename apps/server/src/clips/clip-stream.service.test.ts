import { randomUUID, createHash } from 'node:crypto';
import { AppError } from '@hindsight/shared/errors';
import { fromHttpError, sendAppError } from '../http/error-reply.ts';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStorage } from '../storage/storage.port.ts';
import { clipStreamRoutes } from './clip-stream.route.ts';
import { asStored } from './testing/as-stored.ts';
import { openLibrary, type Library } from '../capture/testing/clip-library.ts';
import type { Member } from './testing/people.ts';

const VIDEO = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
const ETAG = `"${createHash('sha256').update(VIDEO).digest('hex')}"`;

describe('clip files over HTTP', () => {
  let library: Library;
  let owner: Member;
  let clipId: string;
  let app: FastifyInstance;

  beforeAll(async () => {
    library = await openLibrary();
    owner = await library.createMember();
    clipId = (await library.createReadyClip(owner, { video: VIDEO, title: 'Schönes "Tor"' })).id;
    app = Fastify();
    app.setErrorHandler((error, _request, reply) =>
      sendAppError(reply, fromHttpError(error instanceof Error ? error : new Error(String(error)))),
    );
    clipStreamRoutes(app, {
      clips: library.clips,
      tracks: library.trackDownloads,
      storage: library.storage,
      exactVideos: asStored(library.storage),
      identify: async (request) => {
        const id = request.headers['x-user'];
        return typeof id === 'string'
          ? { user: { id, username: 'u', isInstanceAdmin: false }, key: null }
          : null;
      },
    });
  });
  afterAll(async () => {
    await app.close();
    await library.close();
  });

  const ask = (path: string, headers: Record<string, string> = {}, method: InjectOptions['method'] = 'GET') =>
    app.inject({
      method,
      url: `/api/clips/${clipId}/${path}`,
      headers: { 'x-user': owner.user.id, ...headers },
    });

  it('redirects players to the storage where it gives URLs, with a new URL each time and only for users who may watch', async () => {
    const redirecting = Fastify();
    const storage: Pick<ObjectStorage, 'read' | 'downloadUrl'> = {
      read: library.storage.read,
      downloadUrl: async (key, { contentType, disposition }) =>
        `https://s3.example/${key}?${new URLSearchParams({ contentType, disposition: disposition ?? '' }).toString()}`,
    };
    clipStreamRoutes(redirecting, {
      clips: library.clips,
      tracks: library.trackDownloads,
      storage,
      exactVideos: asStored(storage),
      identify: async () => ({ user: owner.user, key: null }),
    });
    const get = (path: string, options: InjectOptions = {}) =>
      redirecting.inject({ ...options, url: `/api/clips/${clipId}/${path}` });
    const { storageKey } = await library.clips.file(owner.user.id, clipId, 'video');

    const video = await get('video', { headers: { range: 'bytes=5-9', 'if-none-match': ETAG } });
    expect(video.statusCode).toBe(302);
    const url = new URL(String(video.headers.location));
    expect(url.origin + url.pathname).toBe(`https://s3.example/${storageKey}`);
    expect(url.searchParams.get('contentType')).toBe('video/mp4');
    // A cached redirect would lead to a URL that has stopped working.
    expect(video.headers['cache-control']).toBe('no-store');
    expect(video.headers.etag).toBeUndefined();
    const download = new URL(String((await get('download')).headers.location));
    expect(download.searchParams.get('disposition')).toMatch(/^attachment; filename/);

    expect((await get('video', { method: 'HEAD' })).headers).toMatchObject({
      'content-length': '1000',
      etag: ETAG,
    });
    expect((await get('poster.jpg')).payload).toBe('poster');
    const other = await redirecting.inject({ url: `/api/clips/${randomUUID()}/video` });
    expect(other.statusCode).not.toBe(302);
    await redirecting.close();
  });

  it('answers with an error when the storage is unreachable, without headers of the intended answer', async () => {
    const away = Fastify();
    away.setErrorHandler((error, _request, reply) =>
      sendAppError(reply, fromHttpError(error instanceof Error ? error : new Error(String(error)))),
    );
    const storage: Pick<ObjectStorage, 'read' | 'downloadUrl'> = {
      read: () => Promise.reject(new AppError('STORAGE_UNAVAILABLE')),
      downloadUrl: async () => null,
    };
    clipStreamRoutes(away, {
      clips: library.clips,
      tracks: library.trackDownloads,
      storage,
      exactVideos: asStored(storage),
      identify: async () => ({ user: owner.user, key: null }),
    });
    const answer = await away.inject({ url: `/api/clips/${clipId}/video`, headers: { range: 'bytes=0-9' } });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ error: { code: 'STORAGE_UNAVAILABLE' } });
    expect(answer.headers).not.toHaveProperty('content-range');
    expect(answer.headers).not.toHaveProperty('etag');
    await away.close();
  });

  it('continues with the file that a player began with, as long as it is kept', async () => {
    const { db } = library;
    const clip = await library.createReadyClip(owner, { video: Buffer.from('earlier') });
    const later = await library.createReadyClip(owner, { video: Buffer.from('later one') });
    const earlierId = clip.fileId ?? '';
    await db.file.updateMany({ where: { id: earlierId }, data: { filename: `${clip.id}.mp4` } });
    await db.replayClip.update({ where: { id: clip.id }, data: { fileId: later.fileId } });
    const get = (query: string, id = clip.id) =>
      app.inject({ url: `/api/clips/${id}/video${query}`, headers: { 'x-user': owner.user.id } });
    expect((await get('')).payload).toBe('later one');
    expect((await get(`?v=${earlierId}`)).payload).toBe('earlier');
    expect((await get(`?v=${later.fileId}`)).payload).toBe('later one');
    // Neither an invalid version nor another clip's file is a version of this one.
    expect((await get('?v=%00')).payload).toBe('later one');
    expect((await get(`?v=${earlierId}`, clipId)).rawPayload).toEqual(VIDEO);
    await db.file.deleteMany({ where: { id: earlierId } });
    expect((await get(`?v=${earlierId}`)).payload).toBe('later one');
  });

  it('serves the whole file', async () => {
    const response = await ask('video');
    expect(response.statusCode).toBe(200);
    expect(response.rawPayload).toEqual(VIDEO);
    expect(response.headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '1000',
      'accept-ranges': 'bytes',
      etag: ETAG,
      'cache-control': 'private, no-cache',
    });
    expect(response.headers['content-disposition']).toBeUndefined();
  });

  it.each([
    ['bytes=0-99', 0, 99],
    ['bytes=990-', 990, 999],
    ['bytes=-10', 990, 999],
    ['bytes=500-99999', 500, 999],
  ])('serves %s', async (range, start, end) => {
    const response = await ask('video', { range });
    expect(response.statusCode).toBe(206);
    expect(response.headers['content-range']).toBe(`bytes ${start}-${end}/1000`);
    expect(response.headers['content-length']).toBe(String(end - start + 1));
    expect(response.rawPayload).toEqual(VIDEO.subarray(start, end + 1));
  });

  it('refuses a range after the end', async () => {
    const response = await ask('video', { range: 'bytes=1000-' });
    expect(response.statusCode).toBe(416);
    expect(response.headers['content-range']).toBe('bytes */1000');
    expect(response.rawPayload).toHaveLength(0);
  });

  it('serves the whole file when the range is of another version', async () => {
    expect((await ask('video', { range: 'bytes=0-9', 'if-range': '"old"' })).statusCode).toBe(200);
    expect((await ask('video', { range: 'bytes=0-9', 'if-range': ETAG })).statusCode).toBe(206);
  });

  it('answers 304 when nothing has changed', async () => {
    const response = await ask('video', { 'if-none-match': ETAG });
    expect(response.statusCode).toBe(304);
    expect(response.rawPayload).toHaveLength(0);
    expect(response.headers.etag).toBe(ETAG);
  });

  it('answers HEAD with only the headers', async () => {
    const response = await ask('video', { range: 'bytes=0-9' }, 'HEAD');
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-length': '1000',
      etag: ETAG,
      'accept-ranges': 'bytes',
    });
    expect(response.rawPayload).toHaveLength(0);
  });

  it('names a download after the clip', async () => {
    const response = await ask('download', { range: 'bytes=0-0' });
    expect(response.statusCode).toBe(206);
    expect(response.headers['content-disposition']).toBe(
      `attachment; filename="Sch_nes _Tor_.mp4"; filename*=UTF-8''Sch%C3%B6nes%20%22Tor%22.mp4`,
    );
  });

  it('serves the poster', async () => {
    const response = await ask('poster.jpg');
    expect(response.headers['content-type']).toBe('image/jpeg');
    expect(response.payload).toBe('poster');
  });

  it('answers other users, unknown ids and invalid ids alike', async () => {
    const stranger = (await library.createMember()).user.id;
    for (const path of ['video', 'poster.jpg', 'download']) {
      const bodies = await Promise.all(
        [
          { url: `/api/clips/${clipId}/${path}`, headers: { 'x-user': stranger } },
          { url: `/api/clips/${randomUUID()}/${path}`, headers: { 'x-user': owner.user.id } },
          { url: `/api/clips/..%2F..%2Fetc/${path}`, headers: { 'x-user': owner.user.id } },
        ].map((request) => app.inject(request)),
      );
      expect(bodies.map((response) => response.statusCode)).toEqual([404, 404, 404]);
      expect(new Set(bodies.map((response) => response.payload)).size).toBe(1);
    }
  });

  it('requires a signed-in user', async () => {
    expect((await app.inject({ url: `/api/clips/${clipId}/video` })).statusCode).toBe(401);
  });
});
