import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';

/** Node provides this, but its types leave it to the DOM library. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
};

/**
 * The engine's JavaScript half knows one WebAssembly instance at a time, so a process loads it once, also when a test runner
 * evaluates this module several times.
 */
const LOADING = Symbol.for('@hindsight/db: schema engine');
const shared = globalThis as { [LOADING]?: Promise<void> };

// The package's entry imports its .wasm file as a module, which Node refuses, so the two halves are joined here.

async function load(): Promise<void> {
  const wasmPath = createRequire(import.meta.url)
    .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    .replace(/\.js$/, '.wasm');
  const { instance } = await WebAssembly.instantiate(await readFile(wasmPath), {
    './schema_engine_bg.js': Object.fromEntries(Object.entries(glue).map(withoutLingeringTimers)),
  });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

/**
 * Unrefs the engine's timeouts (10 s for its lock). They keep running after what they guard has ended and must not hold up
 * exit.
 */
function withoutLingeringTimers([name, value]: [string, unknown]): [string, unknown] {
  if (!name.startsWith('__wbg_setTimeout_')) return [name, value];
  return [name, (callback: () => void, ms: number) => setTimeout(callback, ms >>> 0).unref()];
}

/**
 * Runs `work` with Prisma's schema engine connected to a database. It is the engine of `prisma migrate`, compiled to
 * WebAssembly, so nothing is downloaded.
 */
export async function withSchemaEngine<T>(
  adapterFactory: SqlMigrationAwareDriverAdapterFactory,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  await (shared[LOADING] ??= load());
  const engine = await glue.SchemaEngine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(adapterFactory),
  );
  try {
    return await work(engine);
  } finally {
    engine.free();
  }
}
