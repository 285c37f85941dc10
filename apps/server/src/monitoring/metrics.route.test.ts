import type { FastifyInstance } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { createHttpServer } from '../http/server.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { metricsRoute } from './metrics.route.ts';

const TOKEN = 'a metrics token of more than thirty-two characters';

let server: FastifyInstance;
afterEach(() => server.close());

async function start(access: { token: string | null; isBehindProxy: boolean }): Promise<void> {
  const metrics = createMetrics();
  server = await createHttpServer(loadConfig({}), createLog({ level: 'silent' }), metrics);
  metricsRoute(server, { registry: metrics.registry, refresh: async () => undefined, ...access });
}

async function status(headers: Record<string, string>, remoteAddress = '127.0.0.1'): Promise<number> {
  const { statusCode } = await server.inject({
    url: '/metrics',
    remoteAddress,
    headers: { host: '127.0.0.1:3000', ...headers },
  });
  return statusCode;
}

it('without a token are only for this machine, and not through a proxy', async () => {
  await start({ token: null, isBehindProxy: false });
  expect(await status({})).toBe(200);
  expect(await status({}, '::1')).toBe(200);
  expect(await status({}, '192.168.1.5')).toBe(404);
  expect(await status({ 'x-forwarded-for': '203.0.113.9' })).toBe(404);
  expect(await status({ forwarded: 'for=203.0.113.9' })).toBe(404);
  expect(await status({ host: 'replay.example.org' })).toBe(404);
});

it('without a token are for nobody behind a reverse proxy', async () => {
  await start({ token: null, isBehindProxy: true });
  expect(await status({})).toBe(404);
});

it('with a token are for whoever has it, from anywhere, and for nobody else', async () => {
  await start({ token: TOKEN, isBehindProxy: true });
  expect(await status({ authorization: `Bearer ${TOKEN}` }, '203.0.113.9')).toBe(200);
  expect(await status({})).toBe(404);
  expect(await status({ authorization: `Bearer ${TOKEN.slice(0, -1)}` })).toBe(404);
  expect(await status({ authorization: `Bearer ${TOKEN}x` })).toBe(404);
});
