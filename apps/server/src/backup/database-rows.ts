import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Prisma, PrismaClient } from '@hindsight/db/client';
import { HOUR } from '@hindsight/shared/units';
import { inOrderOfReferences, type Reference } from './table-order.ts';

const ROWS_AT_ONCE = 500;
/** The record of migrations isn't saved, because the database to restore into has its own. */
const MIGRATIONS_TABLE = '_prisma_migrations';

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
      const counts: Record<string, number> = {};
      for (const table of await tablesInOrder(tx)) counts[table] = await saveTable(tx, table, folder);
      return counts;
    },
    { isolationLevel: 'RepeatableRead', timeout: HOUR },
  );
}

async function saveTable(tx: Transaction, table: string, folder: string): Promise<number> {
  const file = await open(fileOf(folder, table), 'wx');
  let count = 0;
  try {
    // Table names come from the database's own catalog, so they are safe in raw SQL.
    await tx.$executeRawUnsafe(
      `DECLARE saved NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS line FROM ${quoted(table)} AS t`,
    );
    for (;;) {
      const rows = await tx.$queryRawUnsafe<{ line: string }[]>(`FETCH ${ROWS_AT_ONCE} FROM saved`);
      if (rows.length === 0) break;
      await file.write(rows.map(({ line }) => `${oneLine(line)}\n`).join(''));
      count += rows.length;
    }
    await tx.$executeRawUnsafe('CLOSE saved');
    await file.sync();
    return count;
  } finally {
    await file.close();
  }
}

/** Says whether no table has a row. */
export async function isEmpty(db: PrismaClient): Promise<boolean> {
  for (const table of await tablesInOrder(db)) {
    const rows = await db.$queryRawUnsafe<unknown[]>(`SELECT 1 FROM ${quoted(table)} LIMIT 1`);
    if (rows.length > 0) return false;
  }
  return true;
}

/** Restores all rows, or none. The database must be empty and have the same migrations. */
export async function restoreRows(db: PrismaClient, folder: string): Promise<void> {
  await db.$transaction(
    async (tx) => {
      const references = await allReferences(tx);
      for (const table of await tablesInOrder(tx)) {
        const own = references.filter(({ from, to }) => from === table && to === table);
        const columns = own.map(({ column }) => column);
        for await (const rows of batches(fileOf(folder, table))) await insert(tx, table, rows, columns);
        // References to rows of the same table can only be set when all its rows exist.
        for (const column of columns)
          for await (const rows of batches(fileOf(folder, table))) await fill(tx, table, rows, column);
      }
    },
    { timeout: HOUR },
  );
}

/**
 * Inserts rows.
 * @param without columns that stay empty for now
 */
async function insert(
  tx: Transaction,
  table: string,
  rows: readonly string[],
  without: readonly string[],
): Promise<void> {
  await tx.$executeRawUnsafe(
    `INSERT INTO ${quoted(table)} SELECT row.* FROM json_array_elements($1::json) AS line,
       json_populate_record(NULL::${quoted(table)}, (line::jsonb - $2::text[])::json) AS row`,
    `[${rows.join(',')}]`,
    without,
  );
}

async function fill(tx: Transaction, table: string, rows: readonly string[], column: string): Promise<void> {
  await tx.$executeRawUnsafe(
    `UPDATE ${quoted(table)} AS t SET ${quoted(column)} = row.${quoted(column)}
     FROM json_populate_recordset(NULL::${quoted(table)}, $1::json) AS row
     WHERE t.id = row.id AND row.${quoted(column)} IS NOT NULL`,
    `[${rows.join(',')}]`,
  );
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

async function tablesInOrder(tx: Pick<Transaction, '$queryRaw'>): Promise<string[]> {
  const tables = await tx.$queryRaw<{ name: string }[]>`
    SELECT relname AS name FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ${MIGRATIONS_TABLE}`;
  return inOrderOfReferences(
    tables.map(({ name }) => name),
    await allReferences(tx),
  );
}

function allReferences(tx: Pick<Transaction, '$queryRaw'>): Promise<Reference[]> {
  return tx.$queryRaw<Reference[]>`
    SELECT child.relname AS "from", attname AS "column", parent.relname AS "to"
    FROM pg_constraint
    JOIN pg_class AS child ON child.oid = conrelid
    JOIN pg_class AS parent ON parent.oid = confrelid
    JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace`;
}

function fileOf(folder: string, table: string): string {
  return join(folder, `${table}.ndjson`);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Escapes two characters that JSON allows as they are, but that count as line ends elsewhere. */
function oneLine(json: string): string {
  return json.replaceAll('\u2028', String.raw`\u2028`).replaceAll('\u2029', String.raw`\u2029`);
}
