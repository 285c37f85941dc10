import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { clipStreamRoutes } from '../clips/clip-stream.route.ts';
import type { ClipObjects } from '../capture/instant/clip-objects.ts';
import type { CaptureStage, Capturer } from './capture-stage.ts';

export type ClipServer = Awaited<ReturnType<typeof openClipServer>>;

/**
 * Serves a user's clips over HTTP, as the app does, without authentication. `bytesPerSecond` limits the rate of each
 * answer.
 */
export async function openClipServer(
  stage: Pick<CaptureStage, 'clips' | 'objects' | 'trackDownloads'>,
  { user }: Capturer,
  { bytesPerSecond = Number.POSITIVE_INFINITY }: { bytesPerSecond?: number } = {},
) {
  let underWay = 0;
  async function* paced(source: AsyncIterable<Buffer>) {
    underWay += 1;
    try {
      for await (const block of source) {
        yield block;
        if (bytesPerSecond < Number.POSITIVE_INFINITY) await sleep((block.length / bytesPerSecond) * 1000);
      }
    } finally {
      underWay -= 1;
    }
  }
  const storage: ClipObjects = {
    ...stage.objects,
    read: async (key, span) =>
      Readable.from(paced(await stage.objects.read(key, span)), { objectMode: false }),
  };

  const app = Fastify({ forceCloseConnections: true });
  clipStreamRoutes(app, {
    ...{ clips: stage.clips, storage, tracks: stage.trackDownloads },
    identify: async () => ({ user, key: null }),
  });
  app.get('/', (_request, reply) => reply.type('text/html').send('<!doctype html><title>clips</title>'));
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    origin,
    /** Returns the number of answers that have not been read to their end. */
    underWay: () => underWay,
    close: () => app.close(),
  };
}
