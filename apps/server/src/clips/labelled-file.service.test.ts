import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { layOutClip } from '@hindsight/mp4/layout/clip-layout';
import { pictures } from '@hindsight/mp4/testing/samples';
import { openLibrary, type Library } from '../capture/testing/clip-library.ts';
import { createLinks } from '../links/links.service.ts';
import { linkStreamRoutes } from '../links/link-stream.route.ts';
import { clipStreamRoutes } from './clip-stream.route.ts';
import { asStored } from './testing/as-stored.ts';
import type { Member } from './testing/people.ts';

const segments = [{ runs: [pictures(0, 20)] }];
const { head } = layOutClip([{ segments, startSeconds: 0, durationSeconds: 1 }], Date.now());
const VIDEO = Buffer.concat([head, Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 251))]);

/** A download tells what its file is called, although the stored file doesn't. */
describe('the title in a downloaded file', () => {
  let library: Library;
  let owner: Member;
  let app: FastifyInstance;
  let clipId: string;

  beforeAll(async () => {
    library = await openLibrary();
    owner = await library.createMember();
    app = Fastify();
    const { clips, storage, trackDownloads: tracks } = library;
    clipStreamRoutes(app, {
      clips,
      storage,
      exactVideos: asStored(storage),
      tracks,
      identify: async () => ({ user: owner.user, key: null }),
    });
    linkStreamRoutes(app, {
      links: createLinks({ db: library.db, events: library.events, onChanged: async () => undefined }),
      storage,
      exactVideos: asStored(storage),
    });
  });
  afterAll(async () => {
    await app.close();
    await library.close();
  });
  beforeEach(async () => {
    clipId = (await library.createReadyClip(owner, { video: VIDEO, title: 'Mein „Tor“' })).id;
  });

  const ask = (path: string, headers: Record<string, string> = {}, base = `/api/clips/${clipId}`) =>
    app.inject({ url: `${base}/${path}`, headers });
  const rename = (title: string) => library.clips.update(owner.user.id, clipId, { title });

  it('is the clip’s, with its channel, and nothing else of the file changes', async () => {
    const { rawPayload, headers } = await ask('download');
    expect(headers['content-length']).toBe(String(VIDEO.length));
    expect(rawPayload).toHaveLength(VIDEO.length);
    expect(rawPayload.includes('Mein „Tor“')).toBe(true);
    expect(rawPayload.includes('Lounge')).toBe(true);
    const differs = [...rawPayload.keys()].filter((at) => rawPayload[at] !== VIDEO[at]);
    expect(differs.length).toBeGreaterThan(20);
    expect((differs.at(-1) ?? 0) - (differs[0] ?? 0)).toBeLessThan(300);
  });

  it('is not in what players are served, which is the stored file', async () => {
    expect((await ask('video')).rawPayload).toEqual(VIDEO);
    const { storageKey } = await library.clips.file(owner.user.id, clipId, 'video');
    const stored = await library.storage.read(storageKey, { start: 0, end: VIDEO.length - 1 });
    expect(Buffer.concat(await stored.toArray())).toEqual(VIDEO);
  });

  it('is in each part of a download like in the whole', async () => {
    const { rawPayload } = await ask('download');
    for (const [start, end] of [
      [0, 0],
      [0, 160],
      [100, 260],
      [150, 151],
      [200, 1500],
      [1172, 1200],
      [3000, VIDEO.length - 1],
    ] as const) {
      const part = await ask('download', { range: `bytes=${start}-${end}` });
      expect(part.statusCode).toBe(206);
      expect(part.rawPayload).toEqual(rawPayload.subarray(start, end + 1));
    }
  });

  it('changes with the clip’s, and then an interrupted download begins anew instead of mixing both', async () => {
    const { etag } = (await ask('download')).headers;
    const rest = { range: 'bytes=150-', 'if-range': String(etag) };
    expect((await ask('download', rest)).statusCode).toBe(206);
    expect((await ask('download', { 'if-none-match': String(etag) })).statusCode).toBe(304);
    await rename('Another');
    const renamed = await ask('download', rest);
    expect(renamed.statusCode).toBe(200);
    expect(renamed.rawPayload.includes('Another')).toBe(true);
    expect(renamed.rawPayload.includes('Mein „Tor“')).toBe(false);
    expect(renamed.rawPayload).toHaveLength(VIDEO.length);
    expect(renamed.headers.etag).not.toBe(etag);
    expect((await ask('download', { 'if-none-match': String(etag) })).statusCode).toBe(200);
    await rename('Mein „Tor“');
    expect((await ask('download')).headers.etag).toBe(etag);
  });

  it('comes without the channel in what others download, for the pages that they see don’t tell it', async () => {
    const links = createLinks({ db: library.db, events: library.events, onChanged: async () => undefined });
    const { path } = await links.create(owner.user.id, clipId, 1);
    const linked = await ask('download', {}, `/api/links/${path.replace('/l/', '')}`);
    expect(linked.statusCode).toBe(200);
    expect(linked.rawPayload.includes('Mein „Tor“')).toBe(true);
    expect(linked.rawPayload.includes('Lounge')).toBe(false);
    const other = await library.createMember();
    expect(await library.clips.channelName(other.user.id, clipId)).toBeNull();
  });

  it('has room for the longest title in a channel with the longest name', async () => {
    await library.db.channel.update({ where: { id: owner.channelId }, data: { name: '東'.repeat(80) } });
    await rename('京'.repeat(120));
    const { rawPayload, statusCode } = await ask('download');
    await library.db.channel.update({ where: { id: owner.channelId }, data: { name: 'Lounge' } });
    expect(statusCode).toBe(200);
    expect(rawPayload.includes('京'.repeat(120))).toBe(true);
    expect(rawPayload.includes('東'.repeat(80))).toBe(true);
  });
});
