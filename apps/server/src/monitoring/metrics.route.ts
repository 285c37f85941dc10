import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '@hindsight/shared/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';

interface MetricsRouteDependencies {
  registry: Registry;
  refresh: () => Promise<void>;
  /** With null, no token is needed and only this machine may read the metrics. */
  token: string | null;
  /** Tells whether a reverse proxy may be in front; every request then seems to come from this machine. */
  isBehindProxy: boolean;
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOCAL_HOST = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)(:\d+)?$/;
/** Reverse proxies add these headers. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * Serves `GET /metrics` for Prometheus. With a token configured, whoever sends it gets the metrics; without one, only
 * direct requests from this machine do. Everybody else gets NOT_FOUND.
 */
export function metricsRoute(
  app: FastifyInstance,
  { registry, refresh, token, isBehindProxy }: MetricsRouteDependencies,
): void {
  app.get('/metrics', { config: { isServedUnderAnyName: true } }, async (request, reply) => {
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
  // The host is checked too, because a web page may have pointed its own name at this machine (DNS rebinding).
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
