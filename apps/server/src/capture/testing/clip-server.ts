import Fastify from 'fastify';
import { clipStreamRoutes } from '../../clips/clip-stream.route.ts';
import type { CaptureStage, Capturer } from './stage.ts';

export type ClipServer = Awaited<ReturnType<typeof openClipServer>>;

/** Serves a person's clips over HTTP, as the app does, to whoever is on this machine. */
export async function openClipServer(stage: Pick<CaptureStage, 'clips' | 'objects'>, { user }: Capturer) {
  const app = Fastify({ forceCloseConnections: true });
  clipStreamRoutes(app, { clips: stage.clips, storage: stage.objects, authenticate: async () => user });
  app.get('/', (_request, reply) => reply.type('text/html').send('<!doctype html><title>clips</title>'));
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  return { origin, close: () => app.close() };
}
