import type pg from 'pg';
import { expect } from 'vitest';
import type { PrismaClient } from '../generated/client.ts';
import { applyMigrations } from './migrate.ts';
import { readMigrations } from './migrations.ts';
import { migrationAdapter } from './postgres.ts';

/** These are the migrations of the first release that people could install. */
export const FIRST_RELEASE = ['20261121101400_init', '20261121101500_checks'];

const ids = {
  user: '0199e7a0-0000-7000-8000-000000000001',
  community: '0199e7a0-0000-7000-8000-000000000002',
  channel: '0199e7a0-0000-7000-8000-000000000003',
  session: '0199e7a0-0000-7000-8000-000000000004',
  clip: '0199e7a0-0000-7000-8000-000000000005',
  file: '0199e7a0-0000-7000-8000-000000000006',
  running: '0199e7a0-0000-7000-8000-000000000007',
  deletion: '0199e7a0-0000-7000-8000-000000000008',
  quota: '0199e7a0-0000-7000-8000-000000000009',
  config: '0199e7a0-0000-7000-8000-00000000000a',
  role: '0199e7a0-0000-7000-8000-00000000000b',
};

/** The ids were made at this moment, which their first 48 bits tell. */
const IDS_MADE = new Date(0x0199e7a00000);
/** The first clip was pressed for a quarter of a second before its row was written; the other's clock says it was later. */
const PRESS = new Date(IDS_MADE.getTime() - 250).toISOString();
const LATER_PRESS = new Date(IDS_MADE.getTime() + 1000).toISOString();

/**
 * Makes the database one that the first release has filled, and some later release has started on.
 * @param pool must have one connection
 * @param migrations how many of the migrations that release had; the first release's alone by default
 */
export async function installFirstRelease(pool: pg.Pool, migrations = FIRST_RELEASE.length): Promise<void> {
  await pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  const ours = await readMigrations();
  const upTo = (count: number) => ({
    ...ours,
    migrationDirectories: ours.migrationDirectories.slice(0, count),
  });
  expect(await applyMigrations(migrationAdapter(pool), upTo(FIRST_RELEASE.length))).toEqual(FIRST_RELEASE);
  await fill(pool);
  await applyMigrations(migrationAdapter(pool), upTo(migrations));
}

/** Inserts rows as that release wrote them. */
async function fill(pool: pg.Pool): Promise<void> {
  await pool.query(`
    INSERT INTO "InstanceSettings" (id, "registrationMode") VALUES (1, 'INVITE');
    INSERT INTO "User" (id, username, "usernameKey", "passwordHash", "isInstanceAdmin", "updatedAt")
      VALUES ('${ids.user}', 'Ada', 'ada', '-', true, now());
    INSERT INTO "Community" (id, name, "updatedAt") VALUES ('${ids.community}', 'Home', now());
    INSERT INTO "CommunityMember" ("communityId", "userId") VALUES ('${ids.community}', '${ids.user}');
    INSERT INTO "Role" (id, "communityId", name, actions)
      VALUES ('${ids.role}', '${ids.community}', 'Member', '{CONNECT,CAPTURE_REPLAY}');
    INSERT INTO "MemberRole" ("communityId", "userId", "roleId")
      VALUES ('${ids.community}', '${ids.user}', '${ids.role}');
    INSERT INTO "Channel" (id, "communityId", name, kind)
      VALUES ('${ids.channel}', '${ids.community}', 'Lounge', 'VOICE');
    INSERT INTO "EgressSession" (id, "userId", "communityId", "channelId", "roomName", "videoTrackSid", quality, status,
      "endReason", "segmentPath", "startedAt", "endedAt", "updatedAt")
      VALUES ('${ids.session}', '${ids.user}', '${ids.community}', '${ids.channel}', '${ids.channel}', 'TR_V', '720p',
      'STOPPED', 'SHARE_ENDED', 'a/b/c', now(), now(), now());
    INSERT INTO "File" (id, "resourceType", filename, "mimeType", "sizeBytes", checksum, "storageKey")
      VALUES ('${ids.file}', 'REPLAY_CLIP', 'clip.mp4', 'video/mp4', 5000000000, 'abc', 'replays/a/b.mp4');
    INSERT INTO "ReplayClip" (id, "userId", "roomName", title, status, "fromAt", "toAt", "durationMs", "sizeBytes",
      "fileId", "createdAt", "updatedAt")
      VALUES ('${ids.clip}', '${ids.user}', '${ids.channel}', 'Victory', 'READY', now(), now(), 60000, 5000000000,
      '${ids.file}', '${PRESS}', now()),
      ('${ids.running}', '${ids.user}', '${ids.channel}', 'Next', 'PROCESSING', now(), now(), 60000, 0, NULL,
      '${LATER_PRESS}', now());
    INSERT INTO "UserReplayQuota" (id, "userId", "usedBytes", "updatedAt")
      VALUES ('${ids.quota}', '${ids.user}', 5000000000, now());
    INSERT INTO "CommunityReplayConfig" (id, "communityId", "maxConcurrent", "updatedAt")
      VALUES ('${ids.config}', '${ids.community}', 7, now());
    INSERT INTO "StorageDeletion" (id, "storageKey") VALUES ('${ids.deletion}', 'replays/a/old.mp4');
  `);
}

/** Checks that everything which the first release wrote is there, as today's release wants it. */
export async function expectUpgraded(client: PrismaClient): Promise<void> {
  expect(await client.user.findMany()).toMatchObject([
    { id: ids.user, username: 'Ada', isInstanceAdmin: true },
  ]);
  expect(await client.role.findMany()).toMatchObject([{ actions: ['CONNECT', 'CAPTURE_REPLAY'] }]);
  expect(await client.memberRole.count()).toBe(1);
  expect(await client.egressSession.findMany()).toMatchObject([
    { id: ids.session, quality: 'Q720P', endReason: 'SHARE_ENDED' },
  ]);
  expect(await client.replayClip.findMany({ orderBy: { id: 'asc' }, include: { file: true } })).toMatchObject(
    [
      {
        id: ids.clip,
        status: 'READY',
        removedAt: null,
        isReplacement: false,
        pressedAt: new Date(PRESS),
        createdAt: IDS_MADE,
        file: { sizeBytes: 5_000_000_000n },
      },
      {
        id: ids.running,
        status: 'PROCESSING',
        trimOfId: null,
        file: null,
        pressedAt: new Date(LATER_PRESS),
        createdAt: new Date(LATER_PRESS),
      },
    ],
  );
  expect(await client.userReplayQuota.findMany()).toMatchObject([
    { usedBytes: 5_000_000_000n, reservedBytes: 0n },
  ]);
  expect(await client.communityReplayConfig.findMany()).toMatchObject([{ maxConcurrent: 7, enabled: true }]);
  expect(await client.instanceSettings.findMany()).toMatchObject([{ registrationMode: 'INVITE' }]);
  // Bytes that were waiting for deletion are due now.
  const [deletion] = await client.storageDeletion.findMany();
  expect(deletion?.dueAt.getTime()).toBeLessThanOrEqual(Date.now() + 1000);
}
