import Fastify, { type FastifyInstance } from 'fastify';
import { signedWebhook } from '@hindsight/recorder/testing/egress/egress-playback';
import { recordedWebhooks, RECORDED_KEY } from '@hindsight/recorder/testing/egress/recorded';
import type { WebhookEvent } from 'livekit-server-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { webhookRoute } from './webhook.route.ts';

/** This is everything that livekit-server 1.13.5 sent of two recordings, byte for byte. */
const RECORDED = [...recordedWebhooks('stopped'), ...recordedWebhooks('unpublished')];

function recorded(name: string) {
  const webhook = RECORDED.find((each) => each.name === name);
  if (webhook === undefined) throw new Error(`no webhook ${name}`);
  return webhook;
}

let app: FastifyInstance;
let heard: WebhookEvent[];

beforeEach(async () => {
  heard = [];
  app = Fastify();
  webhookRoute(app, {
    ...RECORDED_KEY,
    listeners: [(event) => void heard.push(event)],
  });
  vi.useFakeTimers({ toFake: ['Date'], now: recorded('01-room_started').receivedAtMs });
});
afterEach(async () => {
  vi.useRealTimers();
  await app.close();
});

function post(payload: string, headers: Record<string, string>) {
  return app.inject({ method: 'POST', url: '/api/livekit/webhook', payload, headers });
}

describe('LiveKit webhook', () => {
  it('accepts every recorded webhook, byte for byte', async () => {
    for (const { body, headers, receivedAtMs } of RECORDED) {
      vi.setSystemTime(receivedAtMs);
      expect((await post(body, headers)).statusCode).toBe(200);
    }
    expect(heard.map(({ event }) => event)).toEqual(RECORDED.map(({ name }) => name.replace(/^\d+-/, '')));
    expect(heard.filter(({ egressInfo }) => egressInfo !== undefined)).toHaveLength(8);
  });

  it('accepts unknown kinds of events and fields', async () => {
    const { body, headers } = await signedWebhook(
      JSON.stringify({ event: 'egress_teleported', id: 'EV_new', warp: { factor: 9 } }),
    );
    expect((await post(body, headers)).statusCode).toBe(200);
    expect(heard.map(({ event }) => event)).toEqual(['egress_teleported']);
  });

  it('passes a repeated event on only once', async () => {
    const { body, headers } = recorded('03-track_published');
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
    const { body, headers } = recorded('01-room_started');
    const response = await post(...withLength(...change(body, headers)));
    expect(response.statusCode).toBe(401);
    expect(response.json()).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
    expect(heard).toEqual([]);
  });

  it('refuses an expired signature', async () => {
    const { body, headers, receivedAtMs } = recorded('01-room_started');
    vi.setSystemTime(receivedAtMs + 6 * 60_000);
    expect((await post(body, headers)).statusCode).toBe(401);
  });

  it('reads no body, and logs little, for those who are not LiveKit', async () => {
    const lines: string[] = [];
    const flooded = Fastify({
      logger: { level: 'warn', stream: { write: (line) => void lines.push(line) } },
    });
    webhookRoute(flooded, { ...RECORDED_KEY, listeners: [(event) => void heard.push(event)] });
    let parsed = 0;
    flooded.addHook('preValidation', async () => void (parsed += 1));
    const { body, headers } = recorded('01-room_started');
    const flood = Array.from({ length: 300 }, (_, index) =>
      flooded.inject({
        method: 'POST',
        url: '/api/livekit/webhook',
        payload: 'x'.repeat(50_000),
        headers: index % 2 === 0 ? { authorization: `eyJhbGciOiJIUzI1NiJ9.e30.${index}` } : {},
      }),
    );
    const good = await flooded.inject({
      method: 'POST',
      url: '/api/livekit/webhook',
      payload: body,
      headers,
    });
    expect(new Set((await Promise.all(flood)).map(({ statusCode }) => statusCode))).toEqual(new Set([401]));
    expect([good.statusCode, heard.length, parsed]).toEqual([200, 1, 1]);
    expect(lines).toHaveLength(1);
    expect(lines.join('')).not.toMatch(/eyJ/);
    await flooded.close();
  });

  it('answers before its listeners have ended, and survives their failures', async () => {
    const { body, headers } = recorded('01-room_started');
    const failing = Fastify();
    webhookRoute(failing, {
      ...RECORDED_KEY,
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
