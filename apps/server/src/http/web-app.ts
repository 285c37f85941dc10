import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { AppError } from '@hindsight/shared/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendAppError } from './error-reply.ts';

const ONE_YEAR_SECONDS = 31_536_000;
const NOT_BUILT = 'The web app is not built yet. Run "npm start", which builds it, or "npx pnpm build".\n';

/** Serves the built web app. Hashed assets are cached forever; every other page view gets the app's page (SPA). */
export async function serveWebApp(app: FastifyInstance, { webDir }: { webDir: string }): Promise<void> {
  const indexPath = join(webDir, 'index.html');
  await app.register(fastifyStatic, {
    root: webDir,
    index: ['index.html'],
    cacheControl: false,
    preCompressed: true,
    setHeaders: (reply, path) => {
      const isHashed = path.startsWith(join(webDir, 'assets'));
      void reply.header(
        'cache-control',
        isHashed ? `public, max-age=${ONE_YEAR_SECONDS}, immutable` : 'no-cache',
      );
    },
  });
  app.setNotFoundHandler((request, reply) => {
    if (!isPageView(request)) return sendAppError(reply, new AppError('NOT_FOUND'));
    if (!existsSync(indexPath)) return reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT);
    return reply.sendFile('index.html');
  });
}

/** Tells page views from other requests. A missing asset or API path must stay an error: the app's page would hide it. */
function isPageView(request: FastifyRequest): boolean {
  const [path = ''] = request.url.split('?');
  return (
    (request.method === 'GET' || request.method === 'HEAD') &&
    !/^\/(api|assets|livekit-replay|rtc)(\/|$)/.test(path) &&
    !/\.\w+$/.test(path)
  );
}
