import { fillTable, quoted, readRows, tablesInOrder, type RunSql } from '../rows/table-rows.ts';

interface Copied {
  tables: number;
  rows: number;
}

interface TableSum {
  count: number;
  /** The hash covers all rows as PostgreSQL writes them as text, whatever their order. */
  md5: string;
}

/** A line of progress is told this often at most. */
const PROGRESS_INTERVAL_MS = 1000;

/** Both sides write values as text in the same way, or equal rows would have different sums. */
const SAME_TEXT = [
  `SET TIME ZONE 'UTC'`,
  `SET DateStyle = 'ISO, MDY'`,
  `SET IntervalStyle = 'postgres'`,
  `SET bytea_output = 'hex'`,
  `SET extra_float_digits = 1`,
];

/**
 * Copies all rows and the state of sequences into an empty database with the same tables. Both sides must be in a transaction; when
 * it throws, the caller rolls back the target's.
 * @throws Error when a table differs afterwards from what it was copied of
 */
export async function copyRows(source: RunSql, target: RunSql, say: (line: string) => void): Promise<Copied> {
  for (const set of SAME_TEXT) await Promise.all([source(set), target(set)]);
  const tables = await tablesInOrder(source);
  let rows = 0;
  for (const table of tables) {
    await requireWhole(source, table);
    const sum = await sumOf(source, table);
    const batches = (withColumn?: string) => readRows(source, table, { withColumn });
    await fillTable(target, table, batches, progressOf(table, sum.count, say));
    const { count, md5 } = await sumOf(target, table);
    if (count !== sum.count || md5 !== sum.md5)
      throw new Error(`the table ${table} has ${sum.count} rows, and ${count} others arrived`);
    rows += count;
  }
  await copySequences(source, target);
  return { tables: tables.length, rows };
}

/**
 * Compares a table with its index. PostgreSQL takes a table whose file is cut off for a shorter one, and one without a file for an
 * empty one.
 */
async function requireWhole(source: RunSql, table: string): Promise<void> {
  const count = async (scan: 'seqscan' | 'indexscan') => {
    for (const kind of ['seqscan', 'indexscan', 'bitmapscan'] as const)
      await source(`SET LOCAL enable_${kind} = ${kind === scan ? 'on' : 'off'}`);
    const [found] = await source<{ count: string }>(`SELECT count(*)::text AS count FROM ${quoted(table)}`);
    return found?.count;
  };
  const named = await count('indexscan');
  const found = await count('seqscan');
  if (named !== found)
    throw new Error(
      `a file of the table ${table} is damaged: it has ${found} rows, but its index has ${named}`,
    );
}

async function sumOf(run: RunSql, table: string): Promise<TableSum> {
  const [sum] = await run<{ count: string; md5: string }>(
    `SELECT count(*)::text AS count, md5(coalesce(string_agg(row, '' ORDER BY row COLLATE "C"), '')) AS md5
     FROM (SELECT md5(t::text) AS row FROM ${quoted(table)} AS t) AS rows`,
  );
  if (sum === undefined) throw new Error(`the table ${table} could not be counted`);
  return { count: Number(sum.count), md5: sum.md5 };
}

async function copySequences(source: RunSql, target: RunSql): Promise<void> {
  const sequences = await source<{ name: string }>(
    `SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public'`,
  );
  for (const { name } of sequences) {
    const [state] = await source<{ last: string; called: boolean }>(
      `SELECT last_value::text AS last, is_called AS called FROM ${quoted(name)}`,
    );
    await target('SELECT setval($1::text::regclass, $2::text::bigint, $3::boolean)', [
      quoted(name),
      state?.last,
      state?.called,
    ]);
  }
}

function progressOf(table: string, total: number, say: (line: string) => void): (rows: number) => void {
  let done = 0;
  let saidAt = performance.now();
  return (rows) => {
    done += rows;
    if (performance.now() - saidAt < PROGRESS_INTERVAL_MS) return;
    saidAt = performance.now();
    say(`${table}: ${done.toLocaleString('en')} of ${total.toLocaleString('en')} rows`);
  };
}
