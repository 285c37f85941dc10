// A process that works captures off, as the server does, until it is killed. It is told, by its arguments, what to do first.
import { openDatabase } from '@hindsight/db/database';
import { clipTrimInput } from '@hindsight/shared/clip';
import { z } from 'zod';
import { databaseUrl, openCaptureStage } from './stage.ts';

const orderSchema = z.object({
  directory: z.string(),
  ffmpegPath: z.string(),
  user: z.object({ id: z.string(), username: z.string(), isInstanceAdmin: z.boolean() }),
  channelId: z.string(),
  /** Captured when it starts. */
  ranges: z.array(z.object({ fromMs: z.number(), toMs: z.number() })),
  /** Cut afterwards. */
  trims: z.array(clipTrimInput).default([]),
});
export type ServerProcessOrder = z.input<typeof orderSchema>;

const order = orderSchema.parse(JSON.parse(process.argv[2] ?? ''));
const { directory, ffmpegPath, user, channelId } = order;
const database = await openDatabase(databaseUrl(directory));
const stage = await openCaptureStage({ directory, database, ffmpegPath });
for (const { fromMs, toMs } of order.ranges)
  await stage.captureRange({ user, channelId, communityId: '' }, fromMs, toMs);
for (const trim of order.trims) await stage.trim({ user, channelId, communityId: '' }, trim);
process.stdout.write('accepted\n');
setInterval(() => undefined, 1000);
