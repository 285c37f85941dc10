import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';

/** A driver adapter of Prisma's whose scripts, which migrations are, run as told instead of as upstream does. */
export function withScripts(
  upstream: SqlMigrationAwareDriverAdapterFactory,
  runScript: (script: string) => Promise<unknown>,
): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: upstream.provider,
    adapterName: upstream.adapterName,
    async connect() {
      const adapter = await upstream.connect();
      adapter.executeScript = async (script) => {
        await runScript(script);
      };
      return adapter;
    },
    connectToShadowDb: () => upstream.connectToShadowDb(),
  };
}
