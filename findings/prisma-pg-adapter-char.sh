#!/usr/bin/env bash
# @prisma/adapter-pg 7.10.0 (npm; Prisma's driver adapter for node-postgres): it cannot return a column of PostgreSQL's
# one-byte type "char" (oid 18), which the system catalog is full of. So Prisma's own schema engine in its WebAssembly build
# (@prisma/schema-engine-wasm 7.10.0), which takes driver adapters, cannot describe a PostgreSQL through Prisma's own adapter,
# while applying migrations works.
#
# Expected: the engine's `diff` from a database to a schema, over adapter-pg, says what is missing, as it does over another
# adapter (pglite-prisma-adapter), whose database is the very same here.
# Seen: over adapter-pg it fails with "Column type 'char' could not be deserialized from the database.", before it compares
# anything; a plain query of such a column fails alike. Naming the column's type as text in the driver's answer is not enough
# (the engine panics: "... as char failed"); it must also be called a Character in the adapter's.
#
# The script installs the packages in a temporary folder, serves a PGlite by PostgreSQL's protocol on loopback, asks it both
# ways, and fails if what it sees changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --legacy-peer-deps --ignore-scripts \
  @prisma/adapter-pg@7.10.0 @prisma/driver-adapter-utils@7.10.0 pg@8.23.1 \
  @prisma/schema-engine-wasm@7.10.0-4.0edf323efd1d98336f3f0a68684b56f689b900d3 \
  @electric-sql/pglite@0.5.16 @electric-sql/pglite-socket@0.2.17 pglite-prisma-adapter@0.7.2

cat >run.mjs <<'JS'
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import pg from 'pg';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import { PrismaPGlite } from 'pglite-prisma-adapter';

// The engine's entry imports its .wasm file as a module, which Node refuses, so its two halves are joined here.
const half = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
const { instance } = await WebAssembly.instantiate(await readFile(half.replace(/\.js$/, '.wasm')), {
  './schema_engine_bg.js': glue,
});
glue.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();

const database = await PGlite.create();
const server = new PGLiteSocketServer({ db: database, port: 0, host: '127.0.0.1' });
await server.start();
const [, port] = /:(\d+)$/.exec(server.getServerConn());
const pool = new pg.Pool({ host: '127.0.0.1', port: Number(port), user: 'postgres', database: 'postgres', max: 1 });
const overPg = new PrismaPg(pool);
const overPglite = new PrismaPGlite(database);

const schema = {
  files: [
    {
      path: 'schema.prisma',
      content: `datasource db {\n  provider = "postgresql"\n}\nmodel Thing {\n  id Int @id\n}`,
    },
  ],
};

async function diff(factory) {
  const engine = await glue.SchemaEngine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  const { stdout } = await engine.diff({
    from: { tag: 'schemaDatasource', ...schema, configDir: '' },
    to: { tag: 'schemaDatamodel', ...schema },
    script: true,
    exitCode: true,
    filters: { externalTables: [], externalEnums: [] },
  });
  return /CREATE TABLE "\w+"/.exec(stdout)?.[0] ?? 'nothing is missing';
}

async function query(factory) {
  const connection = await factory.connect();
  const { rows } = await connection.queryRaw({
    sql: `SELECT relkind FROM pg_class WHERE relname = 'pg_class'`,
    args: [],
    argTypes: [],
  });
  return rows[0][0];
}

const say = async (what, work) => {
  const text = await work.catch((error) => error.cause?.kind ?? error.message.split('\n')[0]);
  console.log(`${what}: ${text}`);
};
await say('pglite-prisma-adapter, diff', diff(overPglite));
await say('adapter-pg, a "char" column', query(overPg));
await say('adapter-pg, diff', diff(overPg));
process.exit();
JS
node run.mjs | tee seen

cat >expected <<'TEXT'
pglite-prisma-adapter, diff: CREATE TABLE "Thing"
adapter-pg, a "char" column: UnsupportedNativeDataType
adapter-pg, diff: Column type 'char' could not be deserialized from the database.
TEXT
diff expected seen && echo "as described"
