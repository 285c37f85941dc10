import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PrismaClient } from '@hindsight/db/client';
import { SECOND } from '@hindsight/shared/units';
import type { FastifyInstance } from 'fastify';
import type { LiveKit } from '../voice/livekit.ts';

const CHECK_TIMEOUT_MS = 5 * SECOND;
const CACHE_MS = 5 * SECOND;

type Check = 'ok' | 'unavailable';

interface Readiness {
  database: Check;
  livekit: Check;
  ffmpeg: Check;
}

/** `/healthz`: the process answers. `/readyz`: so does all that it needs, one by one; asked at most every few seconds. */
export function healthRoutes(
  app: FastifyInstance,
  { db, livekit, ffmpegPath }: { db: PrismaClient; livekit: Pick<LiveKit, 'rooms'>; ffmpegPath: string },
): void {
  let cached: { at: number; readiness: Promise<Readiness> } | undefined;

  async function readiness(): Promise<Readiness> {
    const [database, voice, ffmpeg] = await Promise.all([
      check(db.$queryRaw`SELECT 1`),
      check(livekit.rooms()),
      check(promisify(execFile)(ffmpegPath, ['-version'], { timeout: CHECK_TIMEOUT_MS })),
    ]);
    return { database, livekit: voice, ffmpeg };
  }

  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    if (cached === undefined || cached.at < Date.now() - CACHE_MS)
      cached = { at: Date.now(), readiness: readiness() };
    const state = await cached.readiness;
    const isReady = Object.values(state).every((one) => one === 'ok');
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'degraded', ...state });
  });
}

async function check(question: PromiseLike<unknown>): Promise<Check> {
  try {
    await question;
    return 'ok';
  } catch {
    return 'unavailable';
  }
}
