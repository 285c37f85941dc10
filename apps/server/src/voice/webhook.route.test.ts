import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import type { WebhookEvent } from 'livekit-server-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { webhookRoute } from './webhook.route.ts';

/** Bodies and headers as livekit-server 1.13.5 sent them. */
const FIXTURES = join(import.meta.dirname, '../../fixtures/webhooks');
const API_KEY = 'devkey';
const API_SECRET = 'secretsecretsecretsecretsecretsecret';

async function recorded(name: string) {
  const body = await readFile(join(FIXTURES, `${name}.body`), 'utf8');
  const { headers, receivedAt } = JSON.parse(
    await readFile(join(FIXTURES, `${name}.headers.json`), 'utf8'),
  ) as { headers: Record<string, string>; receivedAt: string };
  return { body, headers, receivedAt };
}

let app: FastifyInstance;
let heard: WebhookEvent[];

beforeEach(async () => {
  heard = [];
  app = Fastify();
  webhookRoute(app, {
    apiKey: API_KEY,
    apiSecret: API_SECRET,
    listeners: [(event) => void heard.push(event)],
  });
  vi.useFakeTimers({ toFake: ['Date'], now: new Date((await recorded('01-room_started')).receivedAt) });
});
afterEach(async () => {
  vi.useRealTimers();
  await app.close();
});

function post(payload: string, headers: Record<string, string>) {
  return app.inject({ method: 'POST', url: '/api/livekit/webhook', payload, headers });
}

describe('LiveKit webhook', () => {
  it.each([
    ['01-room_started', 'room_started'],
    ['03-track_published', 'track_published'],
    ['06-participant_joined', 'participant_joined'],
    ['07-egress_updated', 'egress_updated'],
    ['13-participant_left', 'participant_left'],
  ])('takes the recorded %s', async (name, kind) => {
    const { body, headers, receivedAt } = await recorded(name);
    vi.setSystemTime(new Date(receivedAt));
    expect((await post(body, headers)).statusCode).toBe(200);
    expect(heard.map(({ event }) => event)).toEqual([kind]);
  });

  it('hands a repeated event on only once', async () => {
    const { body, headers } = await recorded('03-track_published');
    expect((await post(body, headers)).statusCode).toBe(200);
    expect((await post(body, headers)).statusCode).toBe(200);
    expect(heard).toHaveLength(1);
  });

  it.each<[string, (body: string, headers: Record<string, string>) => [string, Record<string, string>]]>([
    ['a changed body', (body, headers) => [body.replace('room_started', 'room_finished'), headers]],
    ['a body that only differs in spaces', (body, headers) => [body.replaceAll(', ', ','), headers]],
    ['no signature', (body, { authorization: _signature, ...headers }) => [body, headers]],
    ['garbage for a signature', (body, headers) => [body, { ...headers, authorization: 'Bearer x.y.z' }]],
  ])('refuses %s with 401', async (_name, change) => {
    const { body, headers } = await recorded('01-room_started');
    const response = await post(...withLength(...change(body, headers)));
    expect(response.statusCode).toBe(401);
    expect(response.json()).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
    expect(heard).toEqual([]);
  });

  it('refuses a signature that has run out', async () => {
    const { body, headers, receivedAt } = await recorded('01-room_started');
    vi.setSystemTime(new Date(receivedAt).getTime() + 6 * 60_000);
    expect((await post(body, headers)).statusCode).toBe(401);
  });

  it('answers before its listeners are through, and survives their failures', async () => {
    const { body, headers } = await recorded('01-room_started');
    const failing = Fastify();
    webhookRoute(failing, {
      apiKey: API_KEY,
      apiSecret: API_SECRET,
      listeners: [
        () => new Promise<void>(() => {}),
        () => Promise.reject(new Error('listener')),
        (event) => void heard.push(event),
      ],
    });
    const response = await failing.inject({
      method: 'POST',
      url: '/api/livekit/webhook',
      payload: body,
      headers,
    });
    expect(response.statusCode).toBe(200);
    expect(heard).toHaveLength(1);
    await failing.close();
  });
});

function withLength(body: string, headers: Record<string, string>): [string, Record<string, string>] {
  return [body, { ...headers, 'content-length': String(Buffer.byteLength(body)) }];
}
