// This process makes exports, as the server does, until it is killed. Its argument says which.
import { openDatabase } from '@hindsight/db/database';
import { exportInput } from '@hindsight/shared/clips/export';
import { z } from 'zod';
import { openExportStage } from './export-stage.ts';

const orderSchema = z.object({
  directory: z.string(),
  databaseUrl: z.string(),
  ffmpegPath: z.string(),
  userId: z.string(),
  exports: z.array(exportInput),
});
export type ExportProcessOrder = z.input<typeof orderSchema>;

const order = orderSchema.parse(JSON.parse(process.argv[2] ?? ''));
const { directory, databaseUrl, ffmpegPath } = order;
const stage = await openExportStage({ directory, database: await openDatabase(databaseUrl), ffmpegPath });
for (const one of order.exports) await stage.exports.create(order.userId, one);
process.stdout.write('accepted\n');
setInterval(() => undefined, 1000);
