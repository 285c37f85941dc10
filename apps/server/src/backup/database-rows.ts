import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Prisma, PrismaClient } from '@hindsight/db/client';
import {
  columnsOf,
  fillColumn,
  insertRows,
  isEmpty as hasNoRows,
  readRows,
  selfReferences,
  tablesInOrder,
  type RunSql,
} from '@hindsight/db/rows/table-rows';
import { HOUR } from '@hindsight/shared/units';

const ROWS_AT_ONCE = 500;

type Transaction = Prisma.TransactionClient;

export async function appliedMigrations(db: Pick<Transaction, '$queryRaw'>): Promise<string[]> {
  const rows = await db.$queryRaw<{ name: string }[]>`
    SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY name`;
  return rows.map(({ name }) => name);
}

/**
 * Writes all rows as they are at one moment, with one file of JSON lines for each table.
 * @returns the number of rows of each table
 */
export async function saveRows(db: PrismaClient, folder: string): Promise<Record<string, number>> {
  return db.$transaction(
    async (tx) => {
      const run = runBy(tx);
      const counts: Record<string, number> = {};
      for (const table of await tablesInOrder(run)) counts[table] = await saveTable(run, table, folder);
      return counts;
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

/** Says whether no table has a row. */
export function isEmpty(db: PrismaClient): Promise<boolean> {
  return hasNoRows(runBy(db));
}

/** Restores all rows, or none. The database must be empty and have the same migrations. */
export async function restoreRows(db: PrismaClient, folder: string): Promise<void> {
  await db.$transaction(
    async (tx) => {
      const run = runBy(tx);
      for (const table of await tablesInOrder(run)) {
        const later = await selfReferences(run, table);
        const atOnce = (await columnsOf(run, table)).filter((column) => !later.includes(column));
        for await (const rows of batches(fileOf(folder, table))) await insertRows(run, table, rows, atOnce);
        for (const column of later)
          for await (const rows of batches(fileOf(folder, table))) await fillColumn(run, table, rows, column);
      }
    },
    { timeout: HOUR },
  );
}

function runBy(db: Pick<Transaction, '$queryRawUnsafe'>): RunSql {
  return (sql, parameters = []) => db.$queryRawUnsafe(sql, ...parameters);
}

async function* batches(path: string): AsyncGenerator<string[]> {
  let rows: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
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
