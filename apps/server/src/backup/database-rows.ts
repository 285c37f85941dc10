import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Prisma, PrismaClient } from '@hindsight/db/client';
import { appliedMigrations } from '@hindsight/db/known-migrations';
import { fillTable, readRows, tablesInOrder, type RunSql } from '@hindsight/db/rows/table-rows';
import { HOUR } from '@hindsight/shared/units';

const ROWS_AT_ONCE = 500;

/** What saved rows are known by: the migrations that they were written under, and their number in each table. */
interface SavedRows {
  migrations: { name: string; checksum: string }[];
  rows: Record<string, number>;
}

/** Writes all rows as they are at one moment, with one file of JSON lines for each table. */
export async function saveRows(db: PrismaClient, folder: string): Promise<SavedRows> {
  return db.$transaction(
    async (tx) => {
      const run = runBy(tx);
      const rows: Record<string, number> = {};
      for (const table of await tablesInOrder(run)) rows[table] = await saveTable(run, table, folder);
      return { migrations: await appliedMigrations(run), rows };
    },
    { isolationLevel: 'RepeatableRead', timeout: HOUR },
  );
}

async function saveTable(run: RunSql, table: string, folder: string): Promise<number> {
  const file = await open(fileOf(folder, table), 'wx');
  let count = 0;
  try {
    for await (const rows of readRows(run, table)) {
      await file.write(rows.map((row) => `${oneLine(row)}\n`).join(''));
      count += rows.length;
    }
    await file.sync();
    return count;
  } finally {
    await file.close();
  }
}

/**
 * Inserts all saved rows. The tables must be empty, and of the same migrations.
 * @param counts the number of rows that each table had
 * @throws Error when a table's rows aren't all there; the caller rolls back
 */
export async function restoreRows(
  run: RunSql,
  folder: string,
  counts: Readonly<Record<string, number>>,
): Promise<void> {
  for (const table of await tablesInOrder(run)) {
    let count = 0;
    const file = fileOf(folder, table);
    await fillTable(
      run,
      table,
      () => batches(file),
      (inserted) => (count += inserted),
    );
    if (count !== counts[table])
      throw new Error(`${file} has ${count} rows in the place of ${counts[table] ?? 'none'}`);
  }
}

function runBy(db: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>): RunSql {
  return (sql, parameters = []) => db.$queryRawUnsafe(sql, ...parameters);
}

async function* batches(path: string): AsyncGenerator<string[]> {
  let rows: string[] = [];
  const file = await open(path);
  for await (const line of file.readLines()) {
    rows.push(line);
    if (rows.length < ROWS_AT_ONCE) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

function fileOf(folder: string, table: string): string {
  return join(folder, `${table}.ndjson`);
}

/** Escapes two characters that JSON allows as they are, but that count as line ends elsewhere. */
function oneLine(json: string): string {
  return json.replaceAll('\u2028', String.raw`\u2028`).replaceAll('\u2029', String.raw`\u2029`);
}
