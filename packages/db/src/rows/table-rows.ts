import { inOrderOfReferences, type Reference } from './table-order.ts';

/**
 * Runs a statement on the connection whose transaction the rows are read or written in. Whoever copies rows brings it, because
 * Prisma and other clients run SQL in ways of their own.
 */
export type RunSql = <Row>(sql: string, parameters?: readonly unknown[]) => Promise<Row[]>;

const ROWS_AT_ONCE = 500;
/** The record of migrations is no data: each database has its own. */
export const MIGRATIONS_TABLE = '_prisma_migrations';

/** Lists all tables with data, so that each comes after all tables that it refers to. */
export async function tablesInOrder(run: RunSql): Promise<string[]> {
  const tables = await run<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> $1`,
    [MIGRATIONS_TABLE],
  );
  return inOrderOfReferences(
    tables.map(({ name }) => name),
    await allReferences(run),
  );
}

/** Lists the columns by which rows of a table refer to other rows of it. They can only be set when all its rows exist. */
async function selfReferences(run: RunSql, table: string): Promise<string[]> {
  const references = await allReferences(run);
  return references.filter(({ from, to }) => from === table && to === table).map(({ column }) => column);
}

/** Says whether no table has a row. */
export async function isEmpty(run: RunSql): Promise<boolean> {
  for (const table of await tablesInOrder(run)) {
    const rows = await run(`SELECT 1 FROM ${quoted(table)} LIMIT 1`);
    if (rows.length > 0) return false;
  }
  return true;
}

/**
 * Reads the rows of a table as JSON, some hundred at a time. It needs a transaction.
 * @param options `withColumn`: reads only rows in which this column is not null
 */
export async function* readRows(
  run: RunSql,
  table: string,
  { withColumn }: { withColumn?: string | undefined } = {},
): AsyncGenerator<string[]> {
  // Names of tables and columns come from the database's own catalog, so they are safe in SQL.
  const condition = withColumn === undefined ? '' : ` WHERE ${quoted(withColumn)} IS NOT NULL`;
  await run(
    `DECLARE rows_read NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS line FROM ${quoted(table)} AS t${condition}`,
  );
  for (;;) {
    const rows = await run<{ line: string }>(`FETCH ${ROWS_AT_ONCE} FROM rows_read`);
    if (rows.length === 0) break;
    yield rows.map(({ line }) => line);
  }
  await run('CLOSE rows_read');
}

/** Lists the columns of a table that take values. */
async function columnsOf(run: RunSql, table: string): Promise<string[]> {
  const columns = await run<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    [quoted(table)],
  );
  return columns.map(({ name }) => name);
}

/**
 * Fills an empty table with rows that `readRows` read.
 * @param batches returns the rows from the beginning; with a column, only those matter in which it is not null
 * @param onRows is called with the number of rows that were inserted
 */
export async function fillTable(
  run: RunSql,
  table: string,
  batches: (withColumn?: string) => AsyncIterable<string[]>,
  onRows: (count: number) => void,
): Promise<void> {
  const later = await selfReferences(run, table);
  const atOnce = (await columnsOf(run, table)).filter((column) => !later.includes(column));
  for await (const rows of batches()) {
    await insertRows(run, table, rows, atOnce);
    onRows(rows.length);
  }
  for (const column of later)
    for await (const rows of batches(column)) await fillColumn(run, table, rows, column);
}

/**
 * Inserts rows that `readRows` read.
 * @param columns the others stay empty for now
 */
async function insertRows(
  run: RunSql,
  table: string,
  rows: readonly string[],
  columns: readonly string[],
): Promise<void> {
  const names = columns.map(quoted).join(', ');
  await run(
    `INSERT INTO ${quoted(table)} (${names})
     SELECT ${names} FROM json_populate_recordset(NULL::${quoted(table)}, $1::json)`,
    [`[${rows.join(',')}]`],
  );
}

/** Sets a column that was left empty when the same rows were inserted. */
async function fillColumn(
  run: RunSql,
  table: string,
  rows: readonly string[],
  column: string,
): Promise<void> {
  await run(
    `UPDATE ${quoted(table)} AS t SET ${quoted(column)} = row.${quoted(column)}
     FROM json_populate_recordset(NULL::${quoted(table)}, $1::json) AS row
     WHERE t.id = row.id AND row.${quoted(column)} IS NOT NULL`,
    [`[${rows.join(',')}]`],
  );
}

/** Quotes the name of a table or column for SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function allReferences(run: RunSql): Promise<Reference[]> {
  return run<Reference>(
    `SELECT child.relname AS "from", attname AS "column", parent.relname AS "to"
     FROM pg_constraint
     JOIN pg_class AS child ON child.oid = conrelid
     JOIN pg_class AS parent ON parent.oid = confrelid
     JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
  );
}
