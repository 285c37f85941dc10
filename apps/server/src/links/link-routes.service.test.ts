import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openInterruptibleDatabase } from '@hindsight/db/testing-outages';
import { HOUR, MINUTE } from '@hindsight/shared/units';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLibrary, type Library } from '../capture/testing/clip-library.ts';
import type { Member } from '../clips/testing/people.ts';
import { asStored } from '../clips/testing/as-stored.ts';
import { loadConfig } from '../config.ts';
import { createHttpServer } from '../http/server.ts';
import { clipSmallKey } from '../storage/storage-key.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { linkPageRoute } from './link-page.route.ts';
import { linkPlayerRoute } from './link-player.route.ts';
import { linkStreamRoutes } from './link-stream.route.ts';
import { createLinks, type Links } from './links.service.ts';
import { oembedRoute } from './oembed.route.ts';

const VIDEO = Buffer.from('0123456789');

describe('a public link over HTTP', () => {
  let outage: Awaited<ReturnType<typeof openInterruptibleDatabase>>;
  let library: Library;
  let links: Links;
  let owner: Member;
  let webDir: string;
  let app: FastifyInstance;
  let clipId: string;
  let link: { id: string; path: string };
  let token: string;
  let nowMs: number;
  /** So many requests wait for news of clips. */
  let listening = 0;

  beforeAll(async () => {
    outage = await openInterruptibleDatabase();
    library = await openLibrary({ database: outage.database });
    const { events } = library;
    links = createLinks({
      ...library,
      events: {
        stream(name, signal) {
          listening += 1;
          signal.addEventListener('abort', () => (listening -= 1), { once: true });
          return events.stream(name, signal);
        },
      },
      now: () => nowMs,
      onChanged: async () => undefined,
    });
    owner = await library.createMember();
    webDir = await mkdtemp(join(tmpdir(), 'hindsight-web-'));
    await writeFile(join(webDir, 'index.html'), '<html><head><title>App</title></head></html>');
    app = await createHttpServer(loadConfig({}), createLog({ level: 'silent' }), createMetrics());
    const { storage } = library;
    linkStreamRoutes(app, { links, storage, exactVideos: asStored(storage) });
    linkPageRoute(app, { links, webDir, publicUrl: null });
    linkPlayerRoute(app, { links, mediaOrigins: ['https://bucket.example'] });
    oembedRoute(app, { links, publicUrl: null });
  });
  afterAll(async () => {
    await app.close();
    await library.close();
    await rm(webDir, { recursive: true });
  });
  beforeEach(async () => {
    nowMs = Date.now();
    clipId = (await library.createReadyClip(owner, { video: VIDEO, title: 'Tor <3' })).id;
    link = await links.create(owner.user.id, clipId, 1);
    token = link.path.replace('/l/', '');
  });

  let address = 0;
  const ask = (
    url: string,
    headers: Record<string, string> = {},
    method: InjectOptions['method'] = 'GET',
    remoteAddress = `10.0.0.${(address += 1)}`,
  ) => app.inject({ method, url, headers, remoteAddress });
  const video = (headers?: Record<string, string>, method?: InjectOptions['method']) =>
    ask(`/api/links/${token}/video`, headers, method);

  it('serves the clip’s files by ranges, without an account', async () => {
    const whole = await video();
    expect(whole.statusCode).toBe(200);
    expect(whole.rawPayload).toEqual(VIDEO);
    expect(whole.headers).toMatchObject({
      'content-type': 'video/mp4',
      'cache-control': 'private, no-cache',
      'cross-origin-resource-policy': 'cross-origin',
      'x-robots-tag': 'noindex',
    });
    const part = await video({ range: 'bytes=2-4' });
    expect([part.statusCode, part.payload]).toEqual([206, '234']);
    expect(part.headers['content-range']).toBe('bytes 2-4/10');
    const head = await video({}, 'HEAD');
    expect([head.statusCode, head.payload, head.headers['content-length']]).toEqual([200, '', '10']);
    const known = await video({ 'if-none-match': String(whole.headers.etag) });
    expect(known.statusCode).toBe(304);
    expect((await ask(`/api/links/${token}/poster.jpg`)).payload).toBe('poster');
    const download = await ask(`/api/links/${token}/download`);
    expect(download.headers['content-disposition']).toContain('attachment; filename="Tor <3.mp4"');
    expect((await ask(`/api/links/${token}/sprite.jpg`)).statusCode).toBe(404);
  });

  it('describes the clip to other programs', async () => {
    const page = await ask(link.path, { host: 'clips:3000' });
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers).toMatchObject({ 'x-robots-tag': 'noindex', 'referrer-policy': 'no-referrer' });
    expect(page.payload).toContain('<meta property="og:title" content="Tor &lt;3" />');
    expect(page.payload).toContain(`content="http://clips:3000${link.path}"`);
  });

  const oembed = (query: string, origin = 'http://clips:3000') =>
    ask(`/api/oembed?url=${encodeURIComponent(`${origin}${link.path}`)}${query}`, { host: 'clips:3000' });

  it('has a bare player that other sites may show in a frame, and may not do anything else', async () => {
    const { statusCode, headers, payload } = await ask(`${link.path}/player`);
    expect(statusCode).toBe(200);
    expect(payload).toContain(`src="/api/links/${token}/small.mp4?v=`);
    expect(payload).toContain(`poster="/api/links/${token}/poster.jpg?v=`);
    expect(payload).not.toContain('<script');
    expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' });
    expect(headers).not.toHaveProperty('x-frame-options');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain('frame-ancestors *');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("media-src 'self' https://bucket.example");
    const page = await ask(link.path);
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });

  it('tells by oEmbed how the player is shown, and the page tells where to ask', async () => {
    const page = await ask(link.path, { host: 'clips:3000' });
    const [, href = ''] = /application\/json\+oembed" href="([^"]+)"/.exec(page.payload) ?? [];
    const { pathname, search } = new URL(href);
    const found = await ask(`${pathname}${search}`, { host: 'clips:3000' });
    expect(found.statusCode).toBe(200);
    expect(found.json()).toMatchObject({ version: '1.0', type: 'video', title: 'Tor <3', width: 1280 });
    expect((await oembed('&maxwidth=640')).json()).toMatchObject({ width: 640, height: 360 });
    expect((await oembed('&format=xml')).statusCode).toBe(501);
    expect((await oembed('&maxwidth=0')).statusCode).toBe(400);
    expect((await ask('/api/oembed')).statusCode).toBe(400);
    expect((await oembed('', 'http://elsewhere')).statusCode).toBe(404);
  });

  /** Gives the clip a small copy, as it is stored when it has been made. */
  async function addSmallCopy(bytes: Buffer): Promise<string> {
    const storageKey = clipSmallKey({ userId: owner.user.id, id: clipId });
    const directory = await library.storage.makeTempDir();
    await writeFile(join(directory, 'small.mp4'), bytes);
    await library.storage.commit(join(directory, 'small.mp4'), storageKey);
    const file = { sizeBytes: bytes.length, checksum: 'small', filename: 'small', mimeType: 'video/mp4' };
    const { smallFileId } = await library.db.replayClip.update({
      where: { id: clipId },
      data: { smallFile: { create: { ...file, storageKey, resourceType: 'REPLAY_SMALL_COPY' } } },
    });
    return smallFileId ?? '';
  }

  it('gives programs that show it the whole clip at once, and its small copy as soon as there is one', async () => {
    const shown = async () =>
      /og:video" content="http:\/\/[^/]+([^"]+)"/.exec((await ask(link.path)).payload)?.[1] ?? '';
    const [url, player] = [await shown(), await ask(`${link.path}/player`)];
    const [, begun = ''] = /src="([^"]+)"/.exec(player.payload) ?? [];
    expect((await ask(url)).rawPayload).toEqual(VIDEO);

    const smallFileId = await addSmallCopy(Buffer.from('small'));
    expect(await shown()).toBe(url);
    const whole = await ask(url);
    expect([whole.payload, whole.headers['content-type']]).toEqual(['small', 'video/mp4']);
    const head = await ask(url, {}, 'HEAD');
    expect([head.statusCode, head.payload, head.headers['content-length']]).toEqual([200, '', '5']);
    const parts = await Promise.all([0, 1, 2].map((at) => ask(url, { range: `bytes=${at}-${at}` })));
    expect(parts.map(({ statusCode, payload }) => `${statusCode} ${payload}`)).toEqual([
      '206 s',
      '206 m',
      '206 a',
    ]);
    // A range of the whole clip doesn't go on with bytes of the copy.
    const stale = await ask(url, { range: 'bytes=1-2', 'if-range': '"of-the-whole"' });
    expect([stale.statusCode, stale.payload]).toEqual([200, 'small']);
    // A player that began with the whole clip goes on with it.
    expect((await ask(begun, { range: 'bytes=8-9' })).payload).toBe('89');
    expect((await ask(`/l/${token}/player`)).payload).toContain(`small.mp4?v=${smallFileId}"`);
    expect((await video()).rawPayload).toEqual(VIDEO);

    await links.revoke(owner.user.id, link.id);
    expect((await ask(url)).statusCode).toBe(404);
  });

  it('waits for the picture of a clip that was saved just now', async () => {
    const { posterFileId } = await library.db.replayClip.findUniqueOrThrow({ where: { id: clipId } });
    await library.db.replayClip.update({ where: { id: clipId }, data: { posterFileId: null } });
    const page = await ask(link.path);
    const [, image = ''] = /og:image" content="http:\/\/[^/]+([^"]+)"/.exec(page.payload) ?? [];
    const asked = ask(image);
    await vi.waitUntil(() => listening === 1);
    await library.db.replayClip.update({ where: { id: clipId }, data: { posterFileId } });
    // It doesn't ask the database again and again, but waits until it is told; other clips' news isn't what it waits for.
    const other = await library.createReadyClip(owner);
    await library.feed.announce(other.id);
    const early = await Promise.race([asked.then(() => 'answered'), sleep(300, 'waits')]);
    expect(early).toBe('waits');
    await library.feed.announce(clipId);
    const picture = await asked;
    expect([picture.statusCode, picture.payload]).toEqual([200, 'poster']);
    expect(listening).toBe(0);
  });

  it('does without a picture where none is made any more', async () => {
    await library.db.replayClip.update({ where: { id: clipId }, data: { posterFileId: null } });
    nowMs += 2 * MINUTE;
    expect((await ask(link.path)).payload).not.toContain('og:image');
    expect((await ask(`/api/links/${token}/poster.jpg`)).statusCode).toBe(404);
  });

  it.each([
    ['expires', async () => void (nowMs += HOUR)],
    ['is revoked', async () => links.revoke(owner.user.id, link.id)],
    ['has its clip removed', async () => void (await library.clips.remove(owner.user.id, clipId))],
  ])('stops working for everybody the moment it %s', async (_name, end) => {
    const { headers } = await video({ range: 'bytes=0-1' });
    await end();
    // This holds for a player in the middle of the clip, with or without a cached copy.
    expect((await video({ range: 'bytes=2-3' })).statusCode).toBe(404);
    expect((await video({ 'if-none-match': String(headers.etag) })).statusCode).toBe(404);
    expect((await ask(`/api/links/${token}/poster.jpg`)).statusCode).toBe(404);
    const page = await ask(link.path);
    expect(page.statusCode).toBe(404);
    expect(page.payload).toBe('<html><head><title>App</title></head></html>');
    const player = await ask(`${link.path}/player`);
    expect(player.statusCode).toBe(404);
    const embed = await oembed('');
    expect(embed.statusCode).toBe(404);
    for (const { payload } of [player, embed]) expect(payload).not.toMatch(/Tor|api\/links/);
  });

  it('answers an invalid token like a link that is gone', async () => {
    for (const nonsense of ['x', '%00', 'a'.repeat(99), clipId]) {
      expect((await ask(`/api/links/${nonsense}/video`)).statusCode).toBe(404);
      expect((await ask(`/l/${nonsense}`)).statusCode).toBe(404);
    }
  });

  it('asks for another try while the database is away', async () => {
    outage.proxy.goAway();
    const answers = [
      await ask(`/api/links/${token}/video`),
      await ask(link.path),
      await ask(`${link.path}/player`),
      await oembed(''),
    ];
    outage.proxy.comeBack();
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 503, 503, 503]);
    expect(answers.map(({ headers }) => headers['retry-after'])).toEqual(['5', '5', '5', '5']);
    expect(answers[1]?.payload).toBe('<html><head><title>App</title></head></html>');
    expect((await ask(link.path)).statusCode).toBe(200);
  });

  it('limits the attempts from one address', async () => {
    const codes: number[] = [];
    for (let count = 0; count < 122; count++)
      codes.push((await ask('/l/guess', {}, 'GET', '192.0.2.1')).statusCode);
    expect(codes.slice(0, 120)).not.toContain(429);
    expect(codes.slice(120)).toEqual([429, 429]);
    expect((await ask('/l/guess', {}, 'GET', '192.0.2.2')).statusCode).toBe(404);
  });
});
