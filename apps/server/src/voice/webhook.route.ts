import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { TokenVerifier, WebhookReceiver, type WebhookEvent } from 'livekit-server-sdk';
import { sendAppError } from '../http/error-reply.ts';

/** Handles a webhook. It must be idempotent, because LiveKit repeats a webhook whose answer it didn't get. */
export type WebhookListener = (event: WebhookEvent) => Promise<void> | void;

/** The state of a room with many participants takes some 100 KiB. */
const BODY_LIMIT_BYTES = 1024 * 1024;
const REMEMBER_MS = 10 * MINUTE;
const REMEMBER_MAX = 5000;
/** Refusals are logged at most this often, so that a flood doesn't fill the log. */
const REFUSALS_LOG_MS = 10 * SECOND;

/**
 * Serves `POST /api/livekit/webhook`. The signature covers the raw body. Events are answered before they are handled, so
 * a slow listener never makes LiveKit repeat one. Unknown kinds of events are accepted.
 * Anybody can post here, and LiveKit must always get through. Requests are therefore not limited, but those that aren't
 * LiveKit's are refused before their body is read.
 */
export function webhookRoute(
  app: FastifyInstance,
  {
    apiKey,
    apiSecret,
    listeners,
    now = Date.now,
  }: { apiKey: string; apiSecret: string; listeners: readonly WebhookListener[]; now?: () => number },
): void {
  const receiver = new WebhookReceiver(apiKey, apiSecret);
  const verifier = new TokenVerifier(apiKey, apiSecret);
  const refusals = { count: 0, loggedAt: Number.NEGATIVE_INFINITY };
  const seen = new Map<string, number>();

  /** Tells whether an event came before, and forgets events that LiveKit no longer repeats. */
  function isRepeated(key: string): boolean {
    for (const [oldKey, at] of seen) {
      if (at > now() - REMEMBER_MS && seen.size < REMEMBER_MAX) break;
      seen.delete(oldKey);
    }
    if (seen.has(key)) return true;
    seen.set(key, now());
    return false;
  }

  function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    refusals.count += 1;
    if (now() - refusals.loggedAt >= REFUSALS_LOG_MS) {
      // The reason isn't logged, because texts of token errors may contain the token.
      request.log.warn({ count: refusals.count }, 'webhooks with an invalid signature were refused');
      refusals.count = 0;
      refusals.loggedAt = now();
    }
    return sendAppError(reply, new AppError('UNAUTHENTICATED'));
  }

  async function requireToken(request: FastifyRequest, reply: FastifyReply) {
    try {
      await verifier.verify(request.headers.authorization ?? '');
    } catch {
      return refuse(request, reply);
    }
  }

  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body));
    const options = {
      bodyLimit: BODY_LIMIT_BYTES,
      config: { rateLimit: false, isServedUnderAnyName: true } as const,
      onRequest: requireToken,
    };
    scope.post('/api/livekit/webhook', options, async (request, reply) => {
      const body = typeof request.body === 'string' ? request.body : '';
      let event: WebhookEvent;
      try {
        event = await receiver.receive(body, request.headers.authorization);
      } catch {
        return refuse(request, reply);
      }
      const key = event.id === '' ? createHash('sha256').update(body).digest('base64') : event.id;
      if (!isRepeated(key)) {
        request.log.debug({ event: event.event, room: event.room?.name }, 'webhook');
        for (const listener of listeners) void callListener(listener, event, request.log);
      }
      return reply.send({});
    });
    done();
  });
}

async function callListener(
  listener: WebhookListener,
  event: WebhookEvent,
  log: FastifyInstance['log'],
): Promise<void> {
  try {
    await listener(event);
  } catch (error) {
    log.warn({ err: error, event: event.event }, 'a webhook could not be handled');
  }
}
