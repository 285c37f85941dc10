import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, type SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type pg from 'pg';
import { NO_FILTERS, readSchema } from './migrations.ts';
import { withSchemaEngine } from './schema-engine.ts';

/** PostgreSQL's catalog uses its one-byte type "char", which Prisma's driver adapter refuses to read; it reads text. */
const CHAR_TYPE = 18;
const TEXT_TYPE = 25;

/**
 * Returns the SQL that brings a migrated database to the state of schema.prisma, computed by Prisma's own differ.
 * @param pool is used for nothing else afterwards
 * @returns null when they already agree
 */
export async function diffToSchema(pool: pg.Pool): Promise<string | null> {
  const schema = await readSchema();
  const { exitCode, stdout } = await withSchemaEngine(catalogAdapter(pool), (engine) =>
    engine.diff({
      // The datasource stands for the adapter's database.
      from: { tag: 'schemaDatasource', ...schema, configDir: '' },
      to: { tag: 'schemaDatamodel', ...schema },
      script: true,
      exitCode: true,
      filters: NO_FILTERS,
    }),
  );
  return exitCode === 2 ? stdout : null;
}

/** Returns Prisma's driver adapter, which also reads "char" columns. Only the schema engine uses their type. */
function catalogAdapter(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  /** The indexes of an answer's "char" columns, by its rows. */
  const charColumns = new WeakMap<object, number[]>();
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>;
  Object.assign(pool, {
    async query(...args: unknown[]) {
      const result = await query(...args);
      const found = result.fields.flatMap(({ dataTypeID }, index) =>
        dataTypeID === CHAR_TYPE ? [index] : [],
      );
      for (const index of found) Object.assign(result.fields[index] ?? {}, { dataTypeID: TEXT_TYPE });
      charColumns.set(result.rows, found);
      return result;
    },
  });
  const upstream = new PrismaPg(pool);
  return {
    provider: upstream.provider,
    adapterName: upstream.adapterName,
    async connect() {
      const adapter = await upstream.connect();
      const queryRaw = adapter.queryRaw.bind(adapter);
      adapter.queryRaw = async (sql) => {
        const answer = await queryRaw(sql);
        for (const index of charColumns.get(answer.rows) ?? [])
          answer.columnTypes[index] = ColumnTypeEnum.Character;
        return answer;
      };
      return adapter;
    },
    connectToShadowDb: () => upstream.connectToShadowDb(),
  };
}
