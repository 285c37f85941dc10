import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '@hindsight/shared/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';

interface MetricsRouteDependencies {
  registry: Registry;
  refresh: () => Promise<void>;
  /** null: without a token, for this machine only. */
  token: string | null;
  /** Whether a reverse proxy may be before us: then everybody seems to be on this machine. */
  isBehindProxy: boolean;
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOCAL_HOST = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)(:\d+)?$/;
/** What reverse proxies add. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * `GET /metrics` for Prometheus. With a token to whoever has it; without one only to this machine, directly. To everybody
 * else there is no such page.
 */
export function metricsRoute(
  app: FastifyInstance,
  { registry, refresh, token, isBehindProxy }: MetricsRouteDependencies,
): void {
  app.get('/metrics', async (request, reply) => {
    if (token === null ? isBehindProxy || !isLocal(request) : !hasToken(request, token))
      throw new AppError('NOT_FOUND');
    await refresh();
    return reply
      .header('cache-control', 'no-store')
      .type(registry.contentType)
      .send(await registry.metrics());
  });
}

function isLocal({ raw, headers }: FastifyRequest): boolean {
  // The host too: a page in this machine's browser could have made its own name mean this machine.
  return (
    LOOPBACK.test(raw.socket.remoteAddress ?? '') &&
    LOCAL_HOST.test(headers.host ?? '') &&
    FORWARDED.every((name) => headers[name] === undefined)
  );
}

function hasToken({ headers }: FastifyRequest, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`));
}
