import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase, type Database } from '@hindsight/db/database';
import { moveEmbeddedDatabase } from '@hindsight/db/move-embedded/move';
import { openOwnServer } from '@hindsight/db/own-server/own-server';
import { bringReader, extractFormerDatabase } from '@hindsight/db/testing-former-database';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  launchServerProcess,
  startServerProcess,
  type ServerProcess,
} from './cluster/testing/server-process.ts';
import { copyAtOneInstant } from './testing/power-cut.ts';
import { addPressers, findLosses, pressTogether, serverSettings } from './testing/pressing-people.ts';

/** With more cuts, most are in a burst of presses. */
const KINDS = ['burst', 'start', 'migration', 'burst', 'burst'] as const;
/** So often the power is cut: once of each kind. More cuts are useful after changes to the order of steps, and of PostgreSQL. */
const CUTS = Number(process.env['POWER_CUTS'] ?? new Set(KINDS).size);
/** A new data folder is begun after so many cuts, because each copies all that is there. */
const CUTS_PER_FOLDER = 5;
const LATEST_CUT_IN_START_MS = 2500;

// The copies have what was written at that instant, also when it was not forced to disk. What a real power cut leaves is measured
// by bench/power-cut.ts, which needs root.
describe('after a power cut', () => {
  let home: string;
  /** These data folders are copied, and never opened. */
  let pristine: string;
  let former: string;
  let acknowledged: Awaited<ReturnType<typeof extractFormerDatabase>>;
  let people: Awaited<ReturnType<typeof addPressers>>;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'hindsight-cuts-'));
    // PostgreSQL runs as another user when this is root.
    await chmod(home, 0o755);
    pristine = join(home, 'pristine');
    people = await addPressers(pristine);
    former = join(home, 'former');
    const unmoved = await mkdtemp(join(home, 'unmoved-'));
    acknowledged = await extractFormerDatabase(unmoved);
    await bringReader(unmoved);
    const server = await openOwnServer(join(former, 'postgres'));
    await moveEmbeddedDatabase({ folder: join(unmoved, 'db'), url: server.url, say: () => undefined });
    await server.close();
  }, 2 * MINUTE);
  afterAll(() => remove(home));

  /** Opens a copy as the next start does, and checks its database. */
  async function openCopy(dataDir: string, check: (database: Database) => Promise<void>): Promise<void> {
    const server = await startServerProcess(serverSettings(dataDir));
    const own = await openOwnServer(join(dataDir, 'postgres'));
    const database = await openDatabase(own.url);
    try {
      await check(database);
    } finally {
      await database.close();
      await server.kill();
      await remove(dataDir);
    }
  }

  const expectNoLosses = (dataDir: string, accepted: readonly string[]) =>
    openCopy(dataDir, async (database) => expect(await findLosses(dataDir, database, accepted)).toEqual([]));

  /** A server on a data folder of its own, and the clips that people were told of. */
  interface Site {
    dataDir: string;
    server: ServerProcess;
    accepted: string[];
  }

  async function openSite(): Promise<Site> {
    const dataDir = await mkdtemp(join(home, 'data-'));
    await cp(pristine, dataDir, { recursive: true });
    return { dataDir, server: await startServerProcess(serverSettings(dataDir)), accepted: [] };
  }

  async function closeSite({ server, dataDir }: Site): Promise<void> {
    await server.kill();
    await remove(dataDir);
  }

  const press = ({ server, accepted }: Site) => pressTogether(server.origin, people, accepted);

  async function cutInBurst(site: Site, copy: string): Promise<void> {
    const { underWay, done } = press(site);
    await underWay;
    const { server, dataDir, accepted } = site;
    const told = await copyAtOneInstant(server.pid, dataDir, copy, () => [...accepted]);
    await done;
    await expectNoLosses(copy, told);
  }

  /** The server was killed in the middle of its work, and has it to do when it starts. */
  async function cutInStart(site: Site, copy: string): Promise<void> {
    const { underWay, done } = press(site);
    await underWay;
    await site.server.kill();
    await done;
    const { ready, ...starting } = launchServerProcess(serverSettings(site.dataDir));
    await sleep(Math.random() * LATEST_CUT_IN_START_MS);
    await copyAtOneInstant(starting.pid, site.dataDir, copy, () => undefined);
    site.server = { ...starting, origin: await ready };
    await expectNoLosses(copy, site.accepted);
  }

  /** A former release's database is brought up to date by the start. */
  async function cutInMigration(copy: string): Promise<void> {
    const upgraded = await mkdtemp(join(home, 'upgraded-'));
    await cp(former, upgraded, { recursive: true });
    const starting = launchServerProcess(serverSettings(upgraded));
    await sleep(Math.random() * LATEST_CUT_IN_START_MS);
    await copyAtOneInstant(starting.pid, upgraded, copy, () => undefined);
    await starting.kill();
    await starting.ready.catch(() => undefined);
    await remove(upgraded);
    await openCopy(copy, async ({ client }) => {
      const messages = await client.message.findMany({ select: { text: true } });
      expect(messages.map(({ text }) => text)).toEqual(expect.arrayContaining(acknowledged.messages));
      const clips = await client.replayClip.findMany({ select: { id: true }, orderBy: { id: 'desc' } });
      expect(clips).toEqual(acknowledged.clips.map(({ id }) => ({ id })));
    });
  }

  it(
    'every accepted clip is there, and the quota is exact',
    async () => {
      let site = await openSite();
      let told = 0;
      try {
        for (let cut = 0; cut < CUTS; cut++) {
          if (cut > 0 && cut % CUTS_PER_FOLDER === 0) {
            told += site.accepted.length;
            await closeSite(site);
            site = await openSite();
          }
          const copy = join(home, `copy-${cut}`);
          const kind = KINDS[cut % KINDS.length];
          if (kind === 'start') await cutInStart(site, copy);
          else if (kind === 'migration') await cutInMigration(copy);
          else await cutInBurst(site, copy);
        }
        told += site.accepted.length;
      } finally {
        await closeSite(site);
      }
      expect(told).toBeGreaterThan(0);
    },
    MINUTE + CUTS * 30 * SECOND,
  );
});

/** Removes a folder into which a server that is just ending may still write. */
function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
