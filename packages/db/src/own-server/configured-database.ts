import { dirname } from 'node:path';
import { type Database, openDatabase } from '../database.ts';
import { requireMoved } from '../move-embedded/embedded-folder.ts';
import { openOwnServer, runsOn } from './own-server.ts';

interface DatabaseSettings {
  /** A PostgreSQL server's database, or null for our own server. */
  url: string | null;
  /** Where our own server keeps its data. */
  ownFolder: string;
}

/**
 * Opens the server of the database that the settings name, and leaves the database as it is.
 * @param options `mayAttach: false` refuses our own server while another process runs it (see openOwnServer)
 * @returns `isOwn` tells whether the database is on our own server, also when its address was given
 * @throws DatabaseError with a remedy, when it is about our own server
 */
export async function openConfiguredServer(
  { url, ownFolder }: DatabaseSettings,
  options: { mayAttach?: boolean } = {},
): Promise<{ url: string; isOwn: boolean; close(): Promise<void> }> {
  if (url !== null) return { url, isOwn: await runsOn(url, ownFolder), close: () => Promise.resolve() };
  await requireMoved(dirname(ownFolder));
  return { ...(await openOwnServer(ownFolder, options)), isOwn: true };
}

/**
 * Opens the database that the settings name, and applies the migrations that are missing. It is as openConfiguredServer otherwise.
 * @throws DatabaseError with a remedy
 */
export async function openConfiguredDatabase(
  settings: DatabaseSettings,
  options: { mayAttach?: boolean } = {},
): Promise<{ database: Database; isOwn: boolean }> {
  const server = await openConfiguredServer(settings, options);
  try {
    const database = await openDatabase(server.url);
    const close = async () => {
      await database.close();
      await server.close();
    };
    return { database: { ...database, close }, isOwn: server.isOwn };
  } catch (error) {
    await server.close();
    throw error;
  }
}
