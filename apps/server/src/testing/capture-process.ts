// This process makes captures, as the server does, until it is killed. Its argument says what it captures first.
import { flushCompileCache } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '@hindsight/db/database';
import { clipJoinInput, clipTrimInput } from '@hindsight/shared/clips/clip';
import { AppError } from '@hindsight/shared/errors';
import { z } from 'zod';
import { openCaptureStage } from './capture-stage.ts';

const orderSchema = z.object({
  directory: z.string(),
  databaseUrl: z.string(),
  ffmpegPath: z.string(),
  user: z.object({ id: z.string(), username: z.string(), isInstanceAdmin: z.boolean() }),
  channelId: z.string(),
  /** It captures these ranges when it starts. */
  ranges: z.array(z.object({ fromMs: z.number(), toMs: z.number() })),
  /** It makes these trims afterwards. */
  trims: z.array(clipTrimInput).default([]),
  /** It joins these clips afterwards. */
  joins: z.array(clipJoinInput).default([]),
  /** Its user takes their voice out of these clips afterwards. */
  voicesOutOf: z.array(z.uuid()).default([]),
});
export type ServerProcessOrder = z.input<typeof orderSchema>;

const order = orderSchema.parse(JSON.parse(process.argv[2] ?? ''));
const { directory, databaseUrl, ffmpegPath, user, channelId } = order;
const database = await openDatabase(databaseUrl);
const stage = await openCaptureStage({ directory, database, ffmpegPath });
// A process that is killed has no time to write a compile cache.
flushCompileCache();
for (const range of order.ranges) await press(range);
for (const trim of order.trims) await stage.trim({ user, channelId, communityId: '' }, trim);
for (const join of order.joins) await stage.join({ user, channelId, communityId: '' }, join);
for (const clipId of order.voicesOutOf) await stage.voices.takeOut(user.id, clipId);
process.stdout.write('accepted\n');
setInterval(() => undefined, 1000);

/** Captures a range, and retries while captures of earlier processes take all slots. */
async function press(range: { fromMs: number; toMs: number }): Promise<void> {
  for (;;) {
    try {
      await stage.captureRange({ user, channelId, communityId: '' }, range.fromMs, range.toMs);
      return;
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'TOO_MANY_CAPTURES')) throw error;
      await sleep(50);
    }
  }
}
