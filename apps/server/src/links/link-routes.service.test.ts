import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import rateLimit from '@fastify/rate-limit';
import { openInterruptibleDatabase } from '@hindsight/db/testing-outages';
import { AppError } from '@hindsight/shared/errors';
import { HOUR } from '@hindsight/shared/units';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLibrary, type Library } from '../capture/testing/clip-library.ts';
import type { Member } from '../clips/testing/people.ts';
import { fromHttpError, sendAppError } from '../http/error-reply.ts';
import { linkPageRoute } from './link-page.route.ts';
import { linkStreamRoutes } from './link-stream.route.ts';
import { createLinks, type Links } from './links.service.ts';

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

  beforeAll(async () => {
    outage = await openInterruptibleDatabase();
    library = await openLibrary({ database: outage.database });
    links = createLinks({ db: library.db, now: () => nowMs });
    owner = await library.createMember();
    webDir = await mkdtemp(join(tmpdir(), 'hindsight-web-'));
    await writeFile(join(webDir, 'index.html'), '<html><head><title>App</title></head></html>');
    app = Fastify();
    app.setErrorHandler((error, _request, reply) =>
      sendAppError(reply, fromHttpError(error instanceof Error ? error : new Error(String(error)))),
    );
    await app.register(rateLimit, { max: 5000, errorResponseBuilder: () => new AppError('RATE_LIMITED') });
    linkStreamRoutes(app, { links, storage: library.storage });
    linkPageRoute(app, { links, webDir, publicUrl: null });
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
    const page = await ask(link.path, { host: 'clips.example' });
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers).toMatchObject({ 'x-robots-tag': 'noindex', 'referrer-policy': 'no-referrer' });
    expect(page.payload).toContain('<meta property="og:title" content="Tor &lt;3" />');
    expect(page.payload).toContain(`content="http://clips.example${link.path}"`);
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
  });

  it('answers an invalid token like a link that is gone', async () => {
    for (const nonsense of ['x', '%00', 'a'.repeat(99), clipId]) {
      expect((await ask(`/api/links/${nonsense}/video`)).statusCode).toBe(404);
      expect((await ask(`/l/${nonsense}`)).statusCode).toBe(404);
    }
  });

  it('asks for another try while the database is away', async () => {
    outage.proxy.goAway();
    const answers = [await ask(`/api/links/${token}/video`), await ask(link.path)];
    outage.proxy.comeBack();
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 503]);
    expect(answers.map(({ headers }) => headers['retry-after'])).toEqual(['5', '5']);
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
