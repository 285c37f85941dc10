import type { FastifyInstance } from 'fastify';
import type { Readiness } from './readiness.ts';

/** `/healthz`: the process answers. `/readyz`: so does all that it needs, and which part doesn't. */
export function healthRoutes(app: FastifyInstance, { readiness }: { readiness: Readiness }): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const parts = await readiness();
    const isReady = Object.values(parts).every((state) => state === 'ok');
    return reply
      .code(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: isReady ? 'ready' : 'degraded', ...parts });
  });
}
