import { dirname } from 'node:path';
import { type Database, openDatabase } from '../database.ts';
import { requireMoved } from '../move-embedded/embedded-folder.ts';
import { openOwnServer, runsOn } from './own-server.ts';

/**
 * Opens the database that the settings name.
 * @param settings `url`: a PostgreSQL server's database, or null for our own server; `ownFolder`: where that keeps its data
 * @param options `mayAttach: false` refuses our own server while another process runs it (see openOwnServer)
 * @returns `isOwn` tells whether the database is on our own server, also when its address was given
 * @throws DatabaseError with a remedy
 */
export async function openConfiguredDatabase(
  { url, ownFolder }: { url: string | null; ownFolder: string },
  options: { mayAttach?: boolean } = {},
): Promise<{ database: Database; isOwn: boolean }> {
  if (url !== null) return { database: await openDatabase(url), isOwn: await runsOn(url, ownFolder) };
  await requireMoved(dirname(ownFolder));
  const server = await openOwnServer(ownFolder, options);
  try {
    const database = await openDatabase(server.url);
    const close = async () => {
      await database.close();
      await server.close();
    };
    return { database: { ...database, close }, isOwn: true };
  } catch (error) {
    await server.close();
    throw error;
  }
}
