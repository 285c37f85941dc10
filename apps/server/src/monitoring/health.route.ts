import type { FastifyInstance } from 'fastify';
import type { Readiness } from './readiness.ts';

/** Serves `/healthz`, which shows that the process answers, and `/readyz`, which shows whether each part it needs does. */
export function healthRoutes(app: FastifyInstance, { readiness }: { readiness: Readiness }): void {
  const options = { config: { isServedUnderAnyName: true } } as const;
  app.get('/healthz', options, () => ({ status: 'ok' }));
  app.get('/readyz', options, async (_request, reply) => {
    const parts = await readiness();
    const isReady = Object.values(parts).every((state) => state === 'ok');
    return reply
      .code(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: isReady ? 'ready' : 'degraded', ...parts });
  });
}
