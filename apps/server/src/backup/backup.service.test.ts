import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import type { Database } from '@hindsight/db/database';
import { readMigrations } from '@hindsight/db/migrations';
import { applyMigrations } from '@hindsight/db/migrate';
import { migrationAdapter, openPool } from '@hindsight/db/postgres';
import { openTestDatabase } from '@hindsight/db/testing';
import { expectUpgraded, FIRST_RELEASE, installFirstRelease } from '@hindsight/db/testing-first-release';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type BackupManifest, restoreBackup, saveBackup } from './backup.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

describe('a backup', () => {
  let directory: string;
  let source: Database;
  let target: Database;
  beforeAll(async () => {
    source = await openTestDatabase();
    target = await openTestDatabase();
  });
  afterAll(async () => {
    await source.close();
    await target.close();
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-backup-'));
    for (const { client } of [source, target])
      await client.$executeRaw`TRUNCATE "User", "Community", "File", "ReplayClip", "UserReplayQuota", "InstanceSettings",
        "StorageDeletion" CASCADE`;
  });
  afterEach(() => rm(directory, { recursive: true }));

  const folder = () => join(directory, 'backup');
  const rootOf = (name: string) => join(directory, name);

  async function writeObject(root: string, key: string, content: string): Promise<void> {
    await mkdir(dirname(join(root, key)), { recursive: true });
    await writeFile(join(root, key), content);
  }

  /** Fills the database with a user, a clip, a trim of it whose row is older, roles, and every kind of column. */
  async function furnish(db: PrismaClient): Promise<void> {
    const user = await db.user.create({
      data: { username: 'Ada "É" \\ \n\u2028 😀', usernameKey: 'ada', passwordHash: '$argon2id$x' },
    });
    const community = await db.community.create({
      data: {
        name: 'Home',
        members: { create: { userId: user.id } },
        channels: { create: { name: 'Lounge', kind: 'VOICE' } },
        roles: {
          create: [
            { name: 'All', actions: ['CONNECT', 'CAPTURE_REPLAY'] },
            { name: 'None', actions: [] },
          ],
        },
      },
      include: { roles: true },
    });
    const roleId = community.roles[0]?.id ?? '';
    await db.memberRole.create({ data: { communityId: community.id, userId: user.id, roleId } });
    const file = (storageKey: string) => ({
      resourceType: 'REPLAY_CLIP' as const,
      filename: 'clip.mp4',
      mimeType: 'video/mp4',
      sizeBytes: 9_007_199_254_740_993n,
      checksum: 'x',
      storageKey,
    });
    const at = new Date('2026-11-21T10:00:00.123Z');
    const clip = { userId: user.id, roomName: 'r', title: 'T', fromAt: at, toAt: at, durationMs: 1 };
    const trim = await db.replayClip.create({ data: { ...clip, title: 'trim', trimFromMs: 0, trimToMs: 1 } });
    const whole = await db.replayClip.create({
      data: {
        ...clip,
        status: 'READY',
        file: undefined,
        fileId: (await db.file.create({ data: file('replays/u/a.mp4') })).id,
      },
    });
    await db.replayClip.update({ where: { id: trim.id }, data: { trimOfId: whole.id } });
    await db.userReplayQuota.create({ data: { userId: user.id, usedBytes: 5n } });
    await db.file.create({ data: file('replays/u/gone.mp4') });
  }

  async function everything(db: PrismaClient) {
    const order = { orderBy: { id: 'asc' as const } };
    return {
      users: await db.user.findMany(order),
      roles: await db.role.findMany(order),
      memberRoles: await db.memberRole.findMany(),
      clips: await db.replayClip.findMany(order),
      files: await db.file.findMany(order),
      quotas: await db.userReplayQuota.findMany(order),
    };
  }

  it('restores every row unchanged, and the clips’ files', async () => {
    await furnish(source.client);
    await writeObject(rootOf('source'), 'replays/u/a.mp4', 'a clip');
    const saved = await saveBackup({ db: source.client, storageRoot: rootOf('source') }, folder());
    expect(saved.rows).toMatchObject({ User: 1, ReplayClip: 2, File: 2 });
    expect(saved.missingFiles).toEqual(['replays/u/gone.mp4']);

    const restored = await restoreBackup({ url: target.url, storageRoot: rootOf('target') }, folder());
    expect(restored).toEqual(saved);
    expect(await everything(target.client)).toEqual(await everything(source.client));
    expect(await readFile(join(rootOf('target'), 'replays/u/a.mp4'), 'utf8')).toBe('a clip');
  });

  it('saves more rows than one batch holds', async () => {
    await source.client.user.createMany({
      data: Array.from({ length: 1201 }, (_, i) => ({
        username: `u${i}`,
        usernameKey: `u${i}`,
        passwordHash: '',
      })),
    });
    await saveBackup({ db: source.client, storageRoot: null }, folder());
    await restoreBackup({ url: target.url, storageRoot: null }, folder());
    expect(await target.client.user.count()).toBe(1201);
  });

  it('is restored completely or not at all', async () => {
    await furnish(source.client);
    await saveBackup({ db: source.client, storageRoot: null }, folder());
    const attempt = () => restoreBackup({ url: target.url, storageRoot: null }, folder());
    const quotas = join(folder(), 'database', 'UserReplayQuota.ndjson');
    const whole = await readFile(quotas, 'utf8');
    const before = await contentOf(target);
    for (const [damage, words] of [
      [() => writeFile(quotas, '{"id": broken\n'), /the database was left as it was: .*json/i],
      [
        () => writeFile(quotas, ''),
        /the database was left as it was: .*UserReplayQuota.ndjson has 0 rows in the place of 1/,
      ],
      [() => rm(quotas), /the database was left as it was: ENOENT.*UserReplayQuota/],
    ] as const) {
      await damage();
      await expect(attempt()).rejects.toThrow(words);
      expect(await contentOf(target)).toEqual(before);
    }
    await writeFile(quotas, whole);
    await attempt();
    expect(await everything(target.client)).toEqual(await everything(source.client));
  });

  it('is restored by a second try when the first was killed', async () => {
    await furnish(source.client);
    await writeObject(rootOf('source'), 'replays/u/a.mp4', 'a clip');
    await saveBackup({ db: source.client, storageRoot: rootOf('source') }, folder());
    const before = await contentOf(target);
    // A restore waits where it comes to a pipe that nobody writes to. Nearly all rows have been inserted by then.
    const quotas = join(folder(), 'database', 'UserReplayQuota.ndjson');
    await rename(quotas, `${quotas}.kept`);
    execFileSync('mkfifo', [quotas]);
    const child = spawn(process.execPath, [MAIN, 'restore', folder()], {
      env: { ...process.env, DATABASE_URL: target.url, DATA_DIR: rootOf('target') },
      stdio: 'inherit',
    });
    const exited = once(child, 'exit');
    const waiting = () => target.client.$queryRaw<object[]>`
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'
        AND query LIKE '%pg_attribute%' AND query_start < now() - interval '1 second'`;
    try {
      await vi.waitUntil(async () => (await waiting()).length > 0, { timeout: 30_000, interval: 100 });
    } finally {
      child.kill('SIGKILL');
    }
    expect(await exited).toEqual([null, 'SIGKILL']);
    await rename(`${quotas}.kept`, quotas);

    // This waits for the end of the first one's transaction, which has locked the tables that it dropped.
    expect(await contentOf(target)).toEqual(before);
    await restoreBackup({ url: target.url, storageRoot: rootOf('target') }, folder());
    expect(await everything(target.client)).toEqual(await everything(source.client));
    expect(await readFile(join(rootOf('target'), 'replays/u/a.mp4'), 'utf8')).toBe('a clip');
  }, 60_000);

  it('is refused by a database that isn’t empty or isn’t ours, and leaves it unchanged', async () => {
    await furnish(source.client);
    await saveBackup({ db: source.client, storageRoot: null }, folder());
    const attempt = () => restoreBackup({ url: target.url, storageRoot: null }, folder());
    await target.client.user.create({ data: { username: 'bob', usernameKey: 'bob', passwordHash: '' } });
    await expect(attempt()).rejects.toThrow('not empty');
    expect(await target.client.user.findMany()).toMatchObject([{ username: 'bob' }]);

    await using others = await openEmptied();
    await others.client.$executeRaw`CREATE TABLE things (id int)`;
    await expect(restoreBackup({ url: others.url, storageRoot: null }, folder())).rejects.toThrow(
      'not empty',
    );
    expect(await contentOf(others)).toEqual({ things: [] });
  });

  it('is refused when it is of a newer release, incomplete, or would overwrite another backup', async () => {
    await saveBackup({ db: source.client, storageRoot: null }, folder());
    await expect(saveBackup({ db: source.client, storageRoot: null }, folder())).rejects.toThrow(
      'already exists',
    );
    const attempt = () => restoreBackup({ url: target.url, storageRoot: null }, folder());
    const before = await contentOf(target);
    const { migrations } = await readManifest();
    await changeManifest({ migrations: [...migrations, '20990101000000_later'] });
    await expect(attempt()).rejects.toThrow(
      'it has the migration 20990101000000_later, which this release does not have. Restore it with the release that saved it, or a later one.',
    );
    const [first = ''] = migrations;
    await changeManifest({ migrations, migrationChecksums: { [first]: 'another text’s' } });
    await expect(attempt()).rejects.toThrow(`its migration ${first} is not the one that this release has`);
    await changeManifest({ migrations: migrations.slice(1), migrationChecksums: {} });
    await expect(attempt()).rejects.toThrow('the database was left as it was');
    await changeManifest({ migrations: [] });
    await expect(attempt()).rejects.toThrow('not a complete backup');
    await rm(join(folder(), 'backup.json'));
    await expect(attempt()).rejects.toThrow('not a complete backup');
    expect(await contentOf(target)).toEqual(before);
  });

  describe('of a former release', async () => {
    const ours = await readMigrations();
    const names = ours.migrationDirectories.map(({ path }) => path);
    const releases = names.map((_, index) => index + 1).filter((count) => count >= FIRST_RELEASE.length);
    /** Backups of one database, which went through all releases. */
    let backups: string;
    /** What that database has in the end. */
    let upgraded: Awaited<ReturnType<typeof contentOf>>;

    beforeAll(async () => {
      backups = await mkdtemp(join(tmpdir(), 'hindsight-backups-'));
      await using former = await openEmptied();
      const pool = await openPool(former.url, 'the former database', 1);
      await installFirstRelease(pool);
      for (const count of releases) {
        const migrationDirectories = ours.migrationDirectories.slice(0, count);
        await applyMigrations(migrationAdapter(pool), { ...ours, migrationDirectories });
        await saveBackup({ db: former.client, storageRoot: null }, backupOf(count));
      }
      await pool.end();
      upgraded = await contentAnytime(former);
    });
    afterAll(() => rm(backups, { recursive: true }));

    const backupOf = (count: number) => join(backups, `${count}`);

    /** A migration sets the time at which files are deleted to the moment at which it runs. */
    async function contentAnytime(database: Database) {
      await database.client.storageDeletion.updateMany({ data: { dueAt: new Date(0) } });
      return contentOf(database);
    }

    it.each(releases)('that had %i migrations is restored and brought up to date', async (count) => {
      expect((await readManifest(backupOf(count))).migrations).toEqual(names.slice(0, count));
      await restoreBackup({ url: target.url, storageRoot: null }, backupOf(count));
      await expectUpgraded(target.client);
      expect(await contentAnytime(target)).toEqual(upgraded);
    });

    it('needs no tables, and no checksums', async () => {
      await using former = await openEmptied();
      const pool = await openPool(former.url, 'the former database', 1);
      await installFirstRelease(pool);
      await pool.end();
      await saveBackup({ db: former.client, storageRoot: null }, folder());
      await changeManifest({ migrationChecksums: undefined });

      await using empty = await openEmptied();
      const { rows } = await restoreBackup({ url: empty.url, storageRoot: null }, folder());
      expect(rows).toMatchObject({ User: 1, ReplayClip: 2 });
      await expectUpgraded(empty.client);
    });
  });

  async function readManifest(backup = folder()): Promise<BackupManifest> {
    return JSON.parse(await readFile(join(backup, 'backup.json'), 'utf8')) as BackupManifest;
  }

  async function changeManifest(change: object): Promise<void> {
    await writeFile(join(folder(), 'backup.json'), JSON.stringify({ ...(await readManifest()), ...change }));
  }
});

/** Opens a database that has never been migrated. */
async function openEmptied(): Promise<Database & AsyncDisposable> {
  const database = await openTestDatabase();
  await database.client.$executeRaw`DROP SCHEMA public CASCADE`;
  await database.client.$executeRaw`CREATE SCHEMA public`;
  return { ...database, [Symbol.asyncDispose]: () => database.close() };
}

/** Returns all rows of all tables as PostgreSQL writes them. */
async function contentOf({ client }: Database): Promise<Record<string, string[]>> {
  const tables = await client.$queryRaw<{ name: string }[]>`
    SELECT tablename AS name FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' ORDER BY 1`;
  const content: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await client.$queryRawUnsafe<{ row: string }[]>(
      `SELECT row_to_json(t)::text AS row FROM "${name}" AS t ORDER BY 1`,
    );
    content[name] = rows.map(({ row }) => row);
  }
  return content;
}
