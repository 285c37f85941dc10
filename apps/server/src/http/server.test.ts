import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { APP_ERRORS, AppError } from '@hindsight/shared/errors';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig, type Config } from '../config.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { publicProcedure, router } from '../trpc/trpc.ts';
import { serveTrpc } from '../trpc/trpc.plugin.ts';
import { proxyLiveKit } from './livekit-proxy.ts';
import { createHttpServer } from './server.ts';
import { serveWebApp } from './web-app.ts';

const testRouter = router({
  echo: publicProcedure.input(z.object({ text: z.string() })).mutation(({ input }) => input),
  refuse: publicProcedure.query(() => {
    throw new AppError('QUOTA_EXCEEDED', { detail: 'Of this test.' });
  }),
  record: publicProcedure.query(() => {
    throw new AppError('RECORDER_UNAVAILABLE', { cause: new Error('all egress workers are down') });
  }),
  away: publicProcedure.query(() => {
    throw new Error('Connection terminated unexpectedly');
  }),
  crash: publicProcedure.query(() => {
    throw new Error('a secret path /etc/shadow');
  }),
});

/** These are pino's levels. */
const [DEBUG, WARN] = [20, 40];

let webDir: string;
let app: FastifyInstance;
let logged: string[];

async function start(
  change: Partial<Config['http']> = {},
  livekitUrl = 'ws://127.0.0.1:9',
  environment: Record<string, string> = {},
) {
  const { http, livekit, storage } = loadConfig(environment);
  const log = createLog({ level: 'debug', destination: { write: (line) => void logged.push(line) } });
  const metrics = createMetrics();
  app = await createHttpServer({ http: { ...http, ...change }, livekit, storage }, log, metrics);
  await serveTrpc(app, { router: testRouter, identify: () => Promise.resolve(null), metrics });
  await proxyLiveKit(app, { url: livekitUrl, maySignal: async (token) => token !== 'revoked' });
  await serveWebApp(app, { webDir });
  app.get('/api/away', () => {
    throw new Error('Connection terminated unexpectedly');
  });
  app.get('/api/crash', () => {
    throw new Error('a secret path /etc/shadow');
  });
  return app;
}

beforeEach(async () => {
  logged = [];
  webDir = await mkdtemp(join(tmpdir(), 'hindsight-web-'));
  await mkdir(join(webDir, 'assets'));
  await writeFile(join(webDir, 'index.html'), '<title>Hindsight</title>');
  await writeFile(join(webDir, 'assets', 'index-abc123.js'), 'export {};');
});
afterEach(async () => {
  await app.close();
  await rm(webDir, { recursive: true });
});

describe('errors', () => {
  it('of a procedure have code, detail and remedy, with the status of the table', async () => {
    await start();
    const response = await app.inject('/api/trpc/refuse');
    expect(response.statusCode).toBe(507);
    expect(response.json()).toMatchObject({
      error: {
        message: expect.stringContaining('Of this test.'),
        data: {
          appCode: 'QUOTA_EXCEEDED',
          detail: 'Of this test.',
          remedy: expect.stringContaining('Delete clips'),
          errorId: null,
        },
      },
    });
  });

  it('tell the time here, by which senders know when a press was', async () => {
    await start();
    const before = Date.now();
    const response = await app.inject('/api/trpc/refuse');
    const toldMs = Number(response.headers['x-server-time']);
    expect(toldMs).toBeGreaterThanOrEqual(before);
    expect(toldMs).toBeLessThanOrEqual(Date.now());
  });

  it.each(['/api/trpc/crash', '/api/crash'])(
    'that are unexpected show their text only in the log (%s)',
    async (url) => {
      await start();
      const response = await app.inject(url);
      expect(response.statusCode).toBe(500);
      expect(response.body).not.toContain('shadow');
      expect(response.body).toContain('INTERNAL');
      expect(response.body).toContain(response.headers['x-request-id']);
      expect(logged.join('')).toContain('/etc/shadow');
    },
  );

  it.each(['/api/trpc/away', '/api/away'])(
    'of a database that is away ask for another try (%s)',
    async (url) => {
      await start();
      const response = await app.inject(url);
      expect(response.statusCode).toBe(503);
      expect(response.body).toContain('DATABASE_UNAVAILABLE');
      expect(response.body).toContain(APP_ERRORS.DATABASE_UNAVAILABLE.remedy);
      expect(response.body).not.toContain('terminated');
    },
  );

  it('of parts that are missing are for the admin to read, refusals are not', async () => {
    await start();
    await app.inject('/api/trpc/record');
    await app.inject('/api/trpc/refuse');
    const lines = logged.map(
      (line) => JSON.parse(line) as { level: number; path?: string; err?: { message: string } },
    );
    const levelOf = (path: string) => lines.find((line) => line.path === path)?.level;
    expect([levelOf('record'), levelOf('refuse')]).toEqual([WARN, DEBUG]);
    expect(lines.find(({ path }) => path === 'record')?.err?.message).toBe('all egress workers are down');
  });

  it('of a database that is away tell programs when to ask again', async () => {
    await start();
    expect((await app.inject('/api/away')).headers['retry-after']).toBe('5');
    expect((await app.inject('/api/crash')).headers['retry-after']).toBeUndefined();
  });

  it('of invalid input say what is wrong', async () => {
    await start();
    const response = await app.inject({ method: 'POST', url: '/api/trpc/echo', payload: { text: 5 } });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({
      error: { data: { appCode: 'VALIDATION_FAILED', detail: expect.stringContaining('text') } },
    });
  });

  it.each([
    ['application/json', '{"text":'],
    ['text/plain', 'text'],
    ['application/json', ''],
  ])('of an invalid %s body (%j) are the caller’s', async (type, payload) => {
    await start();
    const response = await app.inject({
      method: 'POST',
      url: '/api/trpc/echo',
      payload,
      headers: { 'content-type': type },
    });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ error: { data: { appCode: 'VALIDATION_FAILED' } } });
  });

  it('of a body over 64 KiB say so', async () => {
    await start();
    const response = await app.inject({
      method: 'POST',
      url: '/api/trpc/echo',
      payload: { text: 'x'.repeat(70_000) },
    });
    expect(response.statusCode).toBe(413);
    expect(response.json()).toMatchObject({ error: { data: { appCode: 'PAYLOAD_TOO_LARGE' } } });
  });

  it.each(['/api/nothing', '/assets/gone.js', '/favicon.png'])('of an unknown %s are 404', async (url) => {
    await start();
    const response = await app.inject(url);
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ error: { code: 'NOT_FOUND', remedy: expect.any(String) } });
  });

  it.each([
    '/%E0%A4%A',
    '/%00',
    '//',
    '/a//b',
    '/?%',
    '/api/trpc/%E0%A4%A',
    '/api/clips/..%2f..%2fetc/video',
  ])('of the malformed address %s are the caller’s, not the server’s', async (url) => {
    await start();
    expect((await app.inject(url)).statusCode).toBeLessThan(500);
    expect(logged.join('')).not.toContain('"level":50');
  });

  it('of an unknown procedure are 404', async () => {
    await start();
    const response = await app.inject('/api/trpc/nothing');
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ error: { data: { appCode: 'NOT_FOUND' } } });
  });
});

describe('requests from another site', () => {
  const post = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/api/trpc/echo', payload: { text: 'x' }, headers });

  it.each<Record<string, string>>([
    { origin: 'https://evil.example', host: 'localhost:3000' },
    { origin: 'null', host: 'localhost:3000' },
    { 'sec-fetch-site': 'cross-site', host: 'localhost:3000' },
    { origin: 'https://evil.example', host: 'localhost:3000', authorization: 'Bearer eyJ' },
  ])('are refused: %o', async (headers) => {
    await start();
    const response = await post(headers);
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ error: { data: { appCode: 'PERMISSION_DENIED' } } });
  });

  it.each<Record<string, string>>([
    { host: 'localhost:3000' },
    { origin: 'http://localhost:3000', host: 'localhost:3000' },
    { origin: 'https://replay.example', host: '10.0.0.1:3000' },
    {
      origin: 'chrome-extension://abcdefghijklmnop',
      host: 'localhost:3000',
      authorization: 'Bearer hs_x',
    },
  ])('are told from our own, which are allowed: %o', async (headers) => {
    await start({ publicUrl: 'https://replay.example' });
    expect((await post(headers)).statusCode).toBe(200);
  });
});

describe('the address of a client', () => {
  const addressOf = async (
    environment: Record<string, string>,
    forwardedFor: string,
    remoteAddress = '127.0.0.1',
  ) => {
    await start({}, undefined, environment);
    app.get('/address', ({ ip }) => ip);
    const { body } = await app.inject({
      url: '/address',
      remoteAddress,
      headers: { 'x-forwarded-for': forwardedFor },
    });
    return body;
  };

  it.each([
    ['false', '203.0.113.7', '127.0.0.1', '127.0.0.1'],
    // The proxy has added the last entry. Whatever is before it came from the client.
    ['true', '203.0.113.7', '127.0.0.1', '203.0.113.7'],
    ['true', '10.7.1.1, 127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['true', '10.7.1.1, 192.168.1.50', '172.18.0.2', '192.168.1.50'],
    ['true', '203.0.113.7', '::ffff:10.0.0.1', '203.0.113.7'],
    ['true', '203.0.113.7', 'fd00::1', '203.0.113.7'],
    ['true', '203.0.113.7', '198.51.100.1', '198.51.100.1'],
    ['2', '10.7.1.1, 203.0.113.7, 198.51.100.1', '127.0.0.1', '203.0.113.7'],
    ['2', '10.7.1.1, 203.0.113.7', '198.51.100.1', '198.51.100.1'],
    ['198.51.100.0/24', '10.7.1.1, 203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['loopback, 198.51.100.1', '10.7.1.1, 203.0.113.7, 198.51.100.1', '127.0.0.1', '203.0.113.7'],
    ['loopback', '203.0.113.7', '10.0.0.1', '10.0.0.1'],
  ])('with TRUST_PROXY=%s, X-Forwarded-For: %s, from %s is %s', async (trust, header, remote, expected) => {
    expect(await addressOf({ TRUST_PROXY: trust }, header, remote)).toBe(expected);
  });
});

describe('a name that is not this server’s', () => {
  const post = (host: string, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/api/trpc/echo',
      payload: { text: 'x' },
      // A page whose name was pointed here is of the same origin, for the browser and for us.
      headers: { host, origin: `http://${host}`, ...headers },
    });

  it('is refused, and the error names PUBLIC_URL', async () => {
    await start();
    const response = await post('evil.example:3000');
    expect(response.statusCode).toBe(421);
    expect(response.json()).toMatchObject({
      error: {
        data: {
          appCode: 'WRONG_HOST',
          detail: 'PUBLIC_URL is not set.',
          remedy: expect.stringContaining('PUBLIC_URL'),
        },
      },
    });
    for (const url of ['/', '/rtc/validate', '/nothing'])
      expect((await app.inject({ url, headers: { host: 'evil.example' } })).statusCode).toBe(421);
  });

  it('is refused even when the page says that a proxy has changed it', async () => {
    await start({}, undefined, { TRUST_PROXY: 'true', PUBLIC_URL: 'https://replay.example' });
    const response = await post('evil.example', {
      'x-forwarded-host': 'replay.example',
      'x-forwarded-for': '203.0.113.7',
    });
    expect(response.statusCode).toBe(421);
    expect(response.json()).toMatchObject({
      error: { data: { detail: 'PUBLIC_URL is https://replay.example.' } },
    });
  });

  it.each(['replay.example', 'localhost:3000', '192.168.1.5:3000'])('is not %s', async (host) => {
    await start({ publicUrl: 'https://replay.example' });
    expect((await post(host)).statusCode).toBe(200);
  });

  it('is refused beside an own one', async () => {
    await start();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'GET /nothing HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\nConnection: close\r\n\r\n',
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 .*A request has one Host header/s);
  });

  it('does not matter to health checks and their like', async () => {
    await start();
    app.get('/check', { config: { isServedUnderAnyName: true } }, () => ({ status: 'ok' }));
    expect(
      (await app.inject({ url: '/check', headers: { host: 'node-3.internal.example' } })).statusCode,
    ).toBe(200);
  });
});

describe('the web app', () => {
  it('is the answer to every page view', async () => {
    await start();
    for (const url of ['/', '/clips', '/channels/0199e7a0-0000-7000-8000-000000000001?x=1']) {
      const response = await app.inject(url);
      expect(response.statusCode).toBe(200);
      expect(response.body).toContain('Hindsight');
      expect(response.headers['cache-control']).toBe('no-cache');
    }
  });

  it('has its hashed files cached forever', async () => {
    await start();
    const { headers } = await app.inject('/assets/index-abc123.js');
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it('is sent compressed, as the build left it, to clients that accept that', async () => {
    await writeFile(join(webDir, 'assets', 'index-abc123.js.br'), brotliCompressSync('export {};'));
    await start();
    const url = '/assets/index-abc123.js';
    const compressed = await app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } });
    expect(compressed.headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': expect.stringContaining('/javascript'),
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(brotliDecompressSync(compressed.rawPayload).toString()).toBe('export {};');
    const plain = await app.inject(url);
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(plain.body).toBe('export {};');
  });

  it('says how to build it when it is not built', async () => {
    await rm(join(webDir, 'index.html'));
    await start();
    const response = await app.inject('/');
    expect(response.statusCode).toBe(503);
    expect(response.body).toContain('npm start');
  });

  it('may only load from and connect to known origins', async () => {
    await start();
    const { headers } = await app.inject('/');
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(headers['content-security-policy']).toContain("media-src 'self' blob:");
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  it.each([
    [{}, 'https://clips.s3.eu-west-1.amazonaws.com'],
    [{ S3_ENDPOINT: 'http://minio:9000' }, 'http://minio:9000'],
    [{ S3_ENDPOINT: 'http://minio:9000', S3_PUBLIC_ENDPOINT: 'https://s3.example' }, 'https://s3.example'],
    [{ S3_ENDPOINT: 'https://s3.example', S3_PATH_STYLE: 'false' }, 'https://clips.s3.example'],
  ])('may play media from the storage that browsers are redirected to: %o', async (settings, origin) => {
    const storage = { STORAGE: 's3', S3_BUCKET: 'clips', S3_REGION: 'eu-west-1', S3_DOWNLOADS: 'redirect' };
    const key = { S3_ACCESS_KEY_ID: 'key', S3_SECRET_ACCESS_KEY: 'secret' };
    await start({}, undefined, { ...storage, ...key, ...settings });
    const { headers } = await app.inject('/');
    expect(headers['content-security-policy']).toContain(`media-src 'self' blob: ${origin};`);
  });

  it('serves nothing outside its folder', async () => {
    await start();
    for (const url of ['/../../package.json', '/..%2f..%2fpackage.json', '/assets/..%2f..%2f..%2fetc/passwd'])
      expect((await app.inject(url)).statusCode).not.toBe(200);
  });
});

describe('the LiveKit proxy', () => {
  let upstream: Server | undefined;
  afterEach(() => upstream?.close());

  it('answers LIVEKIT_UNAVAILABLE when LiveKit is unreachable', async () => {
    await start();
    const response = await app.inject('/rtc/validate?access_token=eyJ.secret.token');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ error: { code: 'LIVEKIT_UNAVAILABLE' } });
    expect(logged.join('')).not.toContain('eyJ.secret.token');
  });

  it('forwards path, query and answer, but not our cookie', async () => {
    const seen: { url: string | undefined; cookie: string | undefined }[] = [];
    upstream = createServer((request, response) => {
      seen.push({ url: request.url, cookie: request.headers.cookie });
      response.writeHead(401).end('no permissions');
    });
    await new Promise<void>((resolve) => upstream?.listen(0, '127.0.0.1', resolve));
    const { port } = upstream.address() as AddressInfo;
    await start({}, `ws://127.0.0.1:${port}`);
    const response = await app.inject({
      url: '/rtc/v1/validate?access_token=x&auto_subscribe=1',
      headers: { cookie: 'hindsight_session=secret' },
    });
    expect(response.statusCode).toBe(401);
    expect(response.body).toBe('no permissions');
    expect(seen).toEqual([{ url: '/rtc/v1/validate?access_token=x&auto_subscribe=1', cookie: undefined }]);
  });

  it('lets nobody in whose permission is gone, by HTTP or WebSocket', async () => {
    const seen: (string | undefined)[] = [];
    upstream = createServer((request, response) => {
      seen.push(request.url);
      response.end();
    }).on('upgrade', (request) => seen.push(request.url));
    await new Promise<void>((resolve) => upstream?.listen(0, '127.0.0.1', resolve));
    await start({}, `ws://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
    for (const request of [
      { url: '/rtc/validate?access_token=revoked' },
      { url: '/rtc/validate', headers: { authorization: 'Bearer revoked' } },
    ]) {
      const response = await app.inject(request);
      expect(response.statusCode).toBe(403);
      expect(response.json()).toMatchObject({ error: { code: 'PERMISSION_DENIED' } });
    }
    await app.listen({ host: '127.0.0.1', port: 0 });
    const browser = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    browser.write(
      'GET /rtc?access_token=revoked HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    const [answer] = (await once(browser, 'data')) as [Buffer];
    expect(answer.toString()).toContain('403 Forbidden');
    browser.destroy();
    expect(seen).toEqual([]);
  });

  it('does not delay a shutdown for a browser that no longer answers', async () => {
    upstream = createServer().on('upgrade', (request, socket) => {
      const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash('sha1').update(key).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
    });
    await new Promise<void>((resolve) => upstream?.listen(0, '127.0.0.1', resolve));
    await start({}, `ws://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const browser = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    browser.write(
      'GET /rtc?access_token=x HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    const [answer] = (await once(browser, 'data')) as [Buffer];
    expect(answer.toString()).toContain('101 Switching Protocols');
    const cut = once(browser, 'close');
    await app.close();
    await cut;
  });

  it('accepts no WebSockets elsewhere', async () => {
    await start();
    await app.listen({ host: '127.0.0.1', port: 0 });
    const browser = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    browser.write(
      'GET /api HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    );
    const [hadError] = (await once(browser, 'close')) as [boolean];
    expect(hadError).toBe(false);
  });
});
