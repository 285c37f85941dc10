import { existsSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { resolve } from 'node:path';
import { DatabaseError } from '@hindsight/db/errors';
import { hasCode } from '@hindsight/shared/error-code';
import { createApp } from './app.ts';
import { ClusterError } from './cluster/agreement.ts';
import { ConfigError, loadConfig } from './config.ts';
import { createDatabaseOutage } from './database-outage.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics/metrics.ts';
import { FolderError } from './storage/writable-folder.ts';
import { StorageSetupError } from './storage/storage.port.ts';

const ENV_FILE = resolve(import.meta.dirname, '../../../.env');

/**
 * Starts the server. Prints `READY <address>` on a line of its own when people can use it; ends cleanly on SIGINT and
 * SIGTERM.
 */
async function main(): Promise<void> {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE);
  const config = loadConfig(process.env);
  const metrics = createMetrics();
  const outage = createDatabaseOutage();
  const log = createLog({ ...config.log, onLine: metrics.logLine, onDatabaseAway: outage.noticed });

  const die = (error: unknown) => {
    log.fatal({ err: error }, 'unexpected failure');
    process.exit(1);
  };
  process.on('unhandledRejection', die);
  process.on('uncaughtException', die);

  const app = await createApp(config, { log, metrics, outage });
  let isClosing = false;
  const close = (signal: NodeJS.Signals) => {
    if (isClosing) return;
    isClosing = true;
    log.info({ signal }, 'closing');
    app.close().then(() => {
      log.info('closed');
      process.exit(0);
    }, die);
  };
  process.on('SIGINT', close);
  process.on('SIGTERM', close);

  const address = await app.listen();
  process.stdout.write(`READY ${address}\n`);
  // A compile cache, if there is one, is written now, because a server that crashes has no time for it.
  flushCompileCache();
}

/** Returns the text of an error that the person who runs the server can fix, and the stack of any other error. */
function explain(error: unknown): string {
  const forPeople = [ConfigError, DatabaseError, FolderError, StorageSetupError, ClusterError];
  if (forPeople.some((kind) => error instanceof kind)) return (error as Error).message;
  if (error instanceof Error && hasCode(error, 'EADDRINUSE'))
    return `${error.message}\nAnother program uses that port: end it, or set PORT to a free one.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}
