import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { restoreBackup, saveBackup } from './backup.ts';

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
      await client.$executeRaw`TRUNCATE "User", "Community", "File", "ReplayClip", "UserReplayQuota" CASCADE`;
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

    const restored = await restoreBackup({ db: target.client, storageRoot: rootOf('target') }, folder());
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
    await restoreBackup({ db: target.client, storageRoot: null }, folder());
    expect(await target.client.user.count()).toBe(1201);
  });

  it('is refused by a database that isn’t empty, and leaves it unchanged', async () => {
    await furnish(source.client);
    await saveBackup({ db: source.client, storageRoot: null }, folder());
    await target.client.user.create({ data: { username: 'bob', usernameKey: 'bob', passwordHash: '' } });
    await expect(restoreBackup({ db: target.client, storageRoot: null }, folder())).rejects.toThrow(
      'not empty',
    );
    expect(await target.client.user.findMany()).toMatchObject([{ username: 'bob' }]);
  });

  it('is restored completely or not at all', async () => {
    await furnish(source.client);
    await saveBackup({ db: source.client, storageRoot: null }, folder());
    await writeFile(join(folder(), 'database', 'UserReplayQuota.ndjson'), '{"id": broken\n');
    await expect(restoreBackup({ db: target.client, storageRoot: null }, folder())).rejects.toThrow(/json/i);
    expect(await target.client.user.count()).toBe(0);
  });

  it('is refused when it is of another release, incomplete, or would overwrite another backup', async () => {
    await saveBackup({ db: source.client, storageRoot: null }, folder());
    await expect(saveBackup({ db: source.client, storageRoot: null }, folder())).rejects.toThrow(
      'already exists',
    );
    const path = join(folder(), 'backup.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as { migrations: string[] };
    await writeFile(path, JSON.stringify({ ...manifest, migrations: manifest.migrations.slice(1) }));
    const attempt = () => restoreBackup({ db: target.client, storageRoot: null }, folder());
    await expect(attempt()).rejects.toThrow('another release');
    await rm(path);
    await expect(attempt()).rejects.toThrow('not a complete backup');
  });
});
