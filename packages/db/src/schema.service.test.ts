import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Prisma, PrismaClient, SessionStatus } from '../generated/client.ts';
import type { Database } from './database.ts';
import { openTestDatabase } from './testing.ts';

let database: Database;
let db: PrismaClient;
beforeAll(async () => {
  database = await openTestDatabase();
  db = database.client;
});
afterAll(() => database.close());

describe('an active session', () => {
  test.each([
    ['STARTING', 'STARTING'],
    ['STARTING', 'ACTIVE'],
    ['ACTIVE', 'ACTIVE'],
  ] as const)('excludes a second one of the same user: %s, then %s', async (first, second) => {
    const userId = await addUser();
    await addSession(userId, first);
    await expect(addSession(userId, second)).rejects.toMatchObject({ code: 'P2002' });
  });

  test.each(['STOPPED', 'FAILED'] as const)('starts beside any number of %s ones', async (status) => {
    const userId = await addUser();
    await addSession(userId, status);
    await addSession(userId, status);
    await addSession(userId, 'ACTIVE');
    expect(await db.egressSession.count({ where: { userId } })).toBe(3);
  });

  test('does not affect other users', async () => {
    await addSession(await addUser(), 'ACTIVE');
    expect(await addSession(await addUser(), 'ACTIVE')).toMatchObject({ status: 'ACTIVE' });
  });

  test('cannot become active again while another one runs', async () => {
    const userId = await addUser();
    const { id } = await addSession(userId, 'STOPPED');
    await addSession(userId, 'ACTIVE');
    const revive = db.egressSession.update({ where: { id }, data: { status: 'ACTIVE' } });
    await expect(revive).rejects.toMatchObject({ code: 'P2002' });
  });

  test('is the only one of 20 that are started at the same moment', async () => {
    const userId = await addUser();
    const starts = await Promise.allSettled(Array.from({ length: 20 }, () => addSession(userId, 'STARTING')));
    expect(starts.filter((start) => start.status === 'fulfilled')).toHaveLength(1);
    expect(await db.egressSession.count({ where: { userId } })).toBe(1);
  });
});

describe('deleting', () => {
  test('a user deletes their memberships, sessions, clips and quota', async () => {
    const userId = await addUser();
    const { communityId } = await addCommunity(userId);
    await addSession(userId, 'ACTIVE', { communityId });
    await addClip(userId, { communityId });
    await db.userReplayQuota.create({ data: { userId } });
    await db.user.delete({ where: { id: userId } });
    expect(await db.communityMember.count({ where: { userId } })).toBe(0);
    expect(await db.egressSession.count({ where: { userId } })).toBe(0);
    expect(await db.replayClip.count({ where: { userId } })).toBe(0);
    expect(await db.userReplayQuota.count({ where: { userId } })).toBe(0);
    expect(await db.community.count({ where: { id: communityId } })).toBe(1);
  });

  test('a clip’s file deletes the clip', async () => {
    const clip = await addClip(await addUser(), { status: 'READY' });
    await db.file.delete({ where: { id: clip.fileId ?? '' } });
    expect(await db.replayClip.count({ where: { id: clip.id } })).toBe(0);
  });

  test('a poster keeps its clip', async () => {
    const poster = await addFile('REPLAY_POSTER');
    const clip = await addClip(await addUser(), { posterFileId: poster.id });
    await db.file.delete({ where: { id: poster.id } });
    expect(await db.replayClip.findUnique({ where: { id: clip.id } })).toMatchObject({ posterFileId: null });
  });

  test('a community deletes its channels, roles, sessions and limits, but no clip', async () => {
    const userId = await addUser();
    const { communityId, channelId } = await addCommunity(userId);
    await addSession(userId, 'ACTIVE', { communityId, channelId });
    await db.communityReplayConfig.create({ data: { communityId } });
    const clip = await addClip(userId, { communityId, channelId });
    await db.community.delete({ where: { id: communityId } });
    expect(await db.channel.count({ where: { communityId } })).toBe(0);
    expect(await db.role.count({ where: { communityId } })).toBe(0);
    expect(await db.memberRole.count({ where: { communityId } })).toBe(0);
    expect(await db.egressSession.count({ where: { communityId } })).toBe(0);
    expect(await db.communityReplayConfig.count({ where: { communityId } })).toBe(0);
    expect(await db.replayClip.findUnique({ where: { id: clip.id } })).toMatchObject({
      communityId: null,
      channelId: null,
    });
  });

  test('a channel keeps its sessions and clips', async () => {
    const userId = await addUser();
    const { channelId } = await addCommunity(userId);
    const session = await addSession(userId, 'STOPPED', { channelId });
    const clip = await addClip(userId, { channelId });
    await db.channel.delete({ where: { id: channelId } });
    const left = { select: { channelId: true } };
    expect(await db.egressSession.findUnique({ where: { id: session.id }, ...left })).toEqual({
      channelId: null,
    });
    expect(await db.replayClip.findUnique({ where: { id: clip.id }, ...left })).toEqual({ channelId: null });
  });
});

describe('the database refuses', () => {
  test.each(['quotaBytes', 'usedBytes', 'reservedBytes'])('a negative %s of a quota', async (column) => {
    const userId = await addUser();
    await expect(db.userReplayQuota.create({ data: { userId, [column]: -1n } })).rejects.toThrow(
      `UserReplayQuota_${column}_check`,
    );
  });

  test('a negative limit of a community', async () => {
    const { communityId } = await addCommunity(await addUser());
    await expect(
      db.communityReplayConfig.create({ data: { communityId, maxConcurrent: -1 } }),
    ).rejects.toThrow('CommunityReplayConfig_maxConcurrent_check');
  });

  test.each<[string, string, Partial<Prisma.ReplayClipUncheckedCreateInput>]>([
    ['that ends before it starts', 'range', { fromAt: new Date(2000), toAt: new Date(1000) }],
    ['of negative length', 'range', { durationMs: -1 }],
    ['of negative size', 'sizeBytes', { sizeBytes: -1n }],
    ['with a negative reservation', 'reservedBytes', { reservedBytes: -1n }],
    ['that failed and keeps its reservation', 'reservedBytes', { status: 'FAILED', reservedBytes: 1n }],
    ['that is ready without a file', 'ready_has_file', { status: 'READY', fileId: null }],
  ])('a clip %s', async (_what, constraint, data) => {
    await expect(addClip(await addUser(), data)).rejects.toThrow(`ReplayClip_${constraint}_check`);
  });

  test('an ended session without an end time', async () => {
    const userId = await addUser();
    await expect(addSession(userId, 'STOPPED', { endedAt: null })).rejects.toThrow(
      'EgressSession_ended_has_time_check',
    );
  });

  test('a second row of instance settings', async () => {
    await expect(db.instanceSettings.create({ data: { id: 2 } })).rejects.toThrow(
      'InstanceSettings_one_row_check',
    );
  });
});

test('a quota may be lowered below what is used', async () => {
  const userId = await addUser();
  await db.userReplayQuota.create({ data: { userId, quotaBytes: 10n, usedBytes: 8n, reservedBytes: 2n } });
  const lowered = await db.userReplayQuota.update({ where: { userId }, data: { quotaBytes: 5n } });
  expect(lowered).toMatchObject({ quotaBytes: 5n, usedBytes: 8n, reservedBytes: 2n });
});

test('sizes beyond 2^53 and times to the millisecond come back as they were', async () => {
  const fromAt = new Date('2026-03-29T00:59:59.999Z');
  const clip = await addClip(await addUser(), { fromAt, toAt: fromAt, sizeBytes: 2n ** 60n + 1n });
  expect(await db.replayClip.findUnique({ where: { id: clip.id } })).toMatchObject({
    fromAt,
    sizeBytes: 2n ** 60n + 1n,
  });
  const [row] = await db.$queryRaw<{ epochMs: number }[]>`
    SELECT (extract(epoch FROM "fromAt") * 1000)::float8 AS "epochMs" FROM "ReplayClip" WHERE "id" = ${clip.id}::uuid`;
  expect(row?.epochMs).toBe(fromAt.getTime());
});

async function addUser(): Promise<string> {
  const name = randomUUID();
  const user = await db.user.create({ data: { username: name, usernameKey: name, passwordHash: '-' } });
  return user.id;
}

async function addCommunity(userId: string): Promise<{ communityId: string; channelId: string }> {
  const community = await db.community.create({
    data: {
      name: 'Night owls',
      channels: { create: { name: 'Lounge', kind: 'VOICE' } },
      roles: { create: { name: 'Member', actions: ['CONNECT', 'SHARE_SCREEN'], isDefault: true } },
      members: { create: { userId } },
    },
    include: { channels: true, roles: true },
  });
  const [channel, role] = [community.channels[0], community.roles[0]];
  if (channel === undefined || role === undefined) throw new Error('created with the community');
  await db.memberRole.create({ data: { communityId: community.id, userId, roleId: role.id } });
  return { communityId: community.id, channelId: channel.id };
}

function addSession(
  userId: string,
  status: SessionStatus,
  data: Partial<Prisma.EgressSessionUncheckedCreateInput> = {},
) {
  const isRunning = status === 'STARTING' || status === 'ACTIVE';
  return db.egressSession.create({
    data: {
      userId,
      status,
      roomName: 'room',
      videoTrackSid: 'TR_video',
      quality: 'Q720P',
      segmentPath: 'room/user/session',
      endedAt: isRunning ? null : new Date(),
      ...data,
    },
  });
}

function addFile(resourceType: 'REPLAY_CLIP' | 'REPLAY_POSTER') {
  return db.file.create({
    data: {
      resourceType,
      filename: 'clip.mp4',
      mimeType: 'video/mp4',
      sizeBytes: 1000n,
      checksum: '00',
      storageKey: randomUUID(),
    },
  });
}

async function addClip(userId: string, data: Partial<Prisma.ReplayClipUncheckedCreateInput> = {}) {
  const file = data.status === 'READY' && data.fileId === undefined ? await addFile('REPLAY_CLIP') : null;
  return db.replayClip.create({
    data: {
      userId,
      roomName: 'room',
      title: 'Clip',
      fromAt: new Date(0),
      toAt: new Date(60_000),
      durationMs: 60_000,
      fileId: file?.id ?? null,
      ...data,
    },
  });
}
