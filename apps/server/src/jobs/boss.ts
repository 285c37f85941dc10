import type { Database } from '@hindsight/db/database';
import { PgBoss } from 'pg-boss';
import type { Log } from '../log.ts';

/** Opens pg-boss on the app's own database; it keeps its tables in a schema of its own. */
export async function openBoss(database: Database, log: Log): Promise<PgBoss> {
  const boss = new PgBoss({
    db: { executeSql: (text: string, values?: unknown[]) => database.pool.query(text, values) },
    // Each process does its periodic work itself (see chores.ts).
    schedule: false,
  });
  boss.on('error', (error) => log.error({ err: error }, 'job queue'));
  boss.on('warning', (warning) => log.warn({ warning }, 'job queue'));
  await boss.start();
  return boss;
}
