import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { clipStreamRoutes } from '../clips/clip-stream.route.ts';
import type { ExactVideos } from '../clips/exact-videos.ts';
import type { ClipObjects } from '../capture/instant/clip-objects.ts';
import type { CaptureStage, Capturer } from './capture-stage.ts';

export type ClipServer = Awaited<ReturnType<typeof openClipServer>>;

/**
 * Serves a user's clips over HTTP, as the app does, without authentication. `bytesPerSecond` limits the rate of each
 * answer.
 */
export async function openClipServer(
  stage: Pick<CaptureStage, 'clips' | 'objects' | 'trackDownloads' | 'exactVideos'>,
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
  const pacedStorage = (storage: ClipObjects): ClipObjects => ({
    ...storage,
    read: async (key, span) => Readable.from(paced(await storage.read(key, span)), { objectMode: false }),
  });
  const exactVideos: ExactVideos = {
    async find(...wanted) {
      const { file, storage } = await stage.exactVideos.find(...wanted);
      return { file, storage: pacedStorage(storage) };
    },
  };

  const app = Fastify({ forceCloseConnections: true });
  clipStreamRoutes(app, {
    ...{
      clips: stage.clips,
      storage: pacedStorage(stage.objects),
      tracks: stage.trackDownloads,
      exactVideos,
    },
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
