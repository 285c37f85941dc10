import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { openDatabase } from '../../database.ts';
import { bringReader, extractFormerDatabase } from '../../testing-former-database.ts';
import { openTestDatabase } from '../../testing.ts';

type FormerDatabase = Awaited<ReturnType<typeof unpackFormerDatabase>>;
export type MoveStage = Awaited<ReturnType<typeof openMoveStage>>;

/** Unpacks the database of a former release once for all tests of a file. */
export async function unpackFormerDatabase() {
  const path = await mkdtemp(join(tmpdir(), 'hindsight-former-'));
  const acknowledged = await extractFormerDatabase(path);
  return { db: join(path, 'db'), acknowledged, remove: () => rm(path, { recursive: true }) };
}

/** Makes a data folder that can read a former database, and an empty database on a server for it to move to. */
export async function openMoveStage(former: FormerDatabase) {
  const home = await mkdtemp(join(tmpdir(), 'hindsight-move-'));
  const folder = join(home, 'db');
  await bringReader(home);
  const target = await openTestDatabase();
  await target.client.$executeRawUnsafe('DROP SCHEMA public CASCADE');
  await target.client.$executeRawUnsafe('CREATE SCHEMA public');
  return {
    home,
    folder,
    target,
    acknowledged: former.acknowledged,

    /** Puts the database of a former release there. Only tests that read it need it. */
    async bringDatabase(to = folder): Promise<void> {
      await promisify(execFile)('cp', ['-a', former.db, to]);
    },

    /** What is looked at before a database is opened takes this for one. */
    async bringUnreadDatabase(): Promise<void> {
      await mkdir(folder);
      await writeFile(join(folder, 'PG_VERSION'), '18\n');
    },

    async keptFolder(): Promise<string> {
      const kept = (await readdir(home)).filter((name) => name.startsWith('db.moved-'));
      expect(kept).toHaveLength(1);
      return join(home, kept[0] ?? '');
    },

    async remove(): Promise<void> {
      await target.close();
      await rm(home, { recursive: true });
    },
  };
}

/** Hashes every file of a folder, with its name. There are a thousand, for each of which a promise costs more than the hash. */
export function contentOf(path: string): string {
  const hash = createHash('sha256');
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.toSorted()) hash.update(file.slice(path.length)).update(readFileSync(file));
  return hash.digest('hex');
}

/** Checks as the next start would that everything is there, once. */
export async function expectMoved(stage: MoveStage): Promise<void> {
  const opened = await openDatabase(stage.target.url);
  try {
    const { client } = opened;
    const messages = await client.message.findMany({ select: { text: true } });
    expect(messages.map(({ text }) => text)).toEqual(expect.arrayContaining(stage.acknowledged.messages));
    const clips = await client.replayClip.findMany({
      select: { id: true, status: true, title: true, sizeBytes: true, trimOfId: true, pressedAt: true },
      orderBy: { id: 'desc' },
    });
    expect(
      clips.map(({ id, status, title, sizeBytes }) => ({ id, status, title, sizeBytes: Number(sizeBytes) })),
    ).toMatchObject(stage.acknowledged.clips);
    // The trim refers to its clip, which is a row of the same table.
    const trim = clips.find(({ status }) => status === 'PROCESSING');
    expect(clips.map(({ id }) => id)).toContain(trim?.trimOfId);
    expect(await client.user.count()).toBe(2);
    expect(await client.role.count({ where: { actions: { has: 'CAPTURE_REPLAY' } } })).toBeGreaterThan(0);
    const quotas = await client.userReplayQuota.findMany();
    const sizes = clips.filter(({ status }) => status === 'READY').map(({ sizeBytes }) => sizeBytes);
    const sum = (bytes: bigint[]) => bytes.reduce((all, one) => all + one, 0n);
    expect(sum(quotas.map(({ usedBytes }) => usedBytes))).toBe(sum(sizes));
  } finally {
    await opened.close();
  }
}
