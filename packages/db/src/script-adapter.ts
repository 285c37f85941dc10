import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';

/**
 * Wraps a Prisma driver adapter so that scripts, which is what migrations are, run by `runScript` instead of upstream's code.
 */
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
