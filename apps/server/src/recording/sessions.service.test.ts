import { randomUUID } from 'node:crypto';
import { access as fileAccess, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@hindsight/shared/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFixtureSession } from '../buffer/buffer-fixture.ts';
import { bufferDirectory } from '../buffer/buffer-paths.ts';
import { openStage, type Stage } from './testing/stage.ts';

let stage: Stage;
let server: ReturnType<Stage['startProcess']>;

beforeAll(async () => {
  stage = await openStage();
  server = stage.startProcess();
});
afterAll(() => stage.close());

const start = (...args: Parameters<typeof server.recording.sessions.start>) =>
  server.recording.sessions.start(...args);
const refusal = async (work: Promise<unknown>) => {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof AppError ? error.code : error;
};
const runningIn = (communityId: string) =>
  stage.db.egressSession.count({ where: { communityId, status: { in: ['STARTING', 'ACTIVE'] } } });

describe('starting', () => {
  it('records the verified tracks into a directory of its own', async () => {
    const community = await stage.createCommunity();
    const { user, input } = await stage.createSharer(community);
    const session = await start(user, input);

    expect(session).toMatchObject({ status: 'STARTING', channelId: input.channelId, quality: '720p' });
    expect(server.recorder.requests.at(-1)).toEqual({
      sessionId: session.id,
      room: input.channelId,
      identity: user.id,
      videoTrackSid: input.videoTrackSid,
      audioTrackSid: input.audioTrackSid,
      quality: '720p',
      destination: join(stage.bufferDir, input.channelId, user.id, session.id),
    });
  });

  it('works without sound', async () => {
    const { user, input } = await stage.createSharer(await stage.createCommunity());
    const { audioTrackSid: _, ...withoutSound } = input;
    await start(user, withoutSound);
    expect(server.recorder.requests.at(-1)).not.toHaveProperty('audioTrackSid');
  });

  it('waits a moment for a track that LiveKit does not list yet', async () => {
    const community = await stage.createCommunity();
    const { user, input } = await stage.createSharer(community);
    stage.livekit.publish(input.channelId, user.id, {});
    const starting = start(user, input);
    stage.livekit.publish(input.channelId, user.id, { screen: input.videoTrackSid });
    setTimeout(
      () =>
        stage.livekit.publish(input.channelId, user.id, {
          screen: input.videoTrackSid,
          ...(input.audioTrackSid === undefined ? {} : { screenAudio: input.audioTrackSid }),
        }),
      150,
    );
    await expect(starting).resolves.toMatchObject({ status: 'STARTING' });
  });
});

describe('the order of checks', () => {
  // Each case has this fault and every later one: the answer is the earliest.
  it('is member, permission, enabled, sharing, already active, limit, quota, disk', async () => {
    const community = await stage.createCommunity({ enabled: false, maxConcurrent: 0 });
    const elsewhere = await stage.createCommunity();
    const channel = { channelId: community.channelId, videoTrackSid: 'TR_none', quality: '720p' as const };

    const user = await stage.createUser(null);
    expect(await refusal(start(user, channel))).toBe('NOT_FOUND');

    await stage.db.communityMember.create({ data: { communityId: community.id, userId: user.id } });
    expect(await refusal(start(user, channel))).toBe('PERMISSION_DENIED');

    const role = await stage.db.role.create({
      data: { communityId: community.id, name: 'recorder', actions: ['ENABLE_REPLAY_BUFFER'] },
    });
    await stage.db.memberRole.create({
      data: { communityId: community.id, userId: user.id, roleId: role.id },
    });
    expect(await refusal(start(user, channel))).toBe('REPLAY_DISABLED');

    await stage.db.communityReplayConfig.update({
      where: { communityId: community.id },
      data: { enabled: true },
    });
    expect(await refusal(start(user, channel))).toBe('NOT_SHARING');

    const input = stage.share(user, community.channelId);
    const other = await stage.db.egressSession.create({
      data: {
        userId: user.id,
        communityId: elsewhere.id,
        roomName: elsewhere.channelId,
        videoTrackSid: 'TR_elsewhere',
        quality: 'Q720P',
        segmentPath: `${elsewhere.channelId}/${user.id}/${randomUUID()}`,
      },
    });
    stage.livekit.publish(elsewhere.channelId, user.id, { screen: 'TR_elsewhere' });
    await stage.db.userReplayQuota.create({ data: { userId: user.id, quotaBytes: 10n, reservedBytes: 10n } });
    stage.diskState.freeBlocks = 0;
    expect(await refusal(start(user, input))).toBe('ALREADY_ACTIVE');

    await stage.db.egressSession.delete({ where: { id: other.id } });
    expect(await refusal(start(user, input))).toBe('COMMUNITY_LIMIT_REACHED');

    await stage.db.communityReplayConfig.update({
      where: { communityId: community.id },
      data: { maxConcurrent: 1 },
    });
    expect(await refusal(start(user, input))).toBe('QUOTA_EXCEEDED');

    await stage.db.userReplayQuota.update({ where: { userId: user.id }, data: { reservedBytes: 9n } });
    expect(await refusal(start(user, input))).toBe('DISK_LOW');

    stage.diskState.freeBlocks = 1_000_000;
    await expect(start(user, input)).resolves.toMatchObject({ status: 'STARTING' });
  });
});

describe('tracks', () => {
  const cases = [
    { name: "of somebody else's share", own: {}, video: 'TR_theirs', code: 'NOT_SHARING' },
    {
      name: "of somebody else's share beside one's own",
      own: { screen: 'TR_mine' },
      video: 'TR_theirs',
      code: 'TRACKS_NOT_YOURS',
    },
    { name: 'of the camera', own: { camera: 'TR_camera' }, video: 'TR_camera', code: 'TRACKS_NOT_YOURS' },
    {
      name: 'of the share, its sound from the microphone',
      own: { screen: 'TR_mine', microphone: 'TR_mic' },
      video: 'TR_mine',
      audio: 'TR_mic',
      code: 'TRACKS_NOT_YOURS',
    },
    {
      name: "of the share, its sound somebody else's",
      own: { screen: 'TR_mine' },
      video: 'TR_mine',
      audio: 'TR_theirs_audio',
      code: 'TRACKS_NOT_YOURS',
    },
    {
      name: 'swapped: the sound as the picture',
      own: { screen: 'TR_mine', screenAudio: 'TR_sound' },
      video: 'TR_sound',
      audio: 'TR_mine',
      code: 'TRACKS_NOT_YOURS',
    },
  ];

  it.concurrent.each(cases)('$name are refused', async ({ own, video, audio, code }) => {
    const community = await stage.createCommunity();
    const other = await stage.createUser(community.id);
    stage.livekit.publish(community.channelId, other.id, {
      screen: 'TR_theirs',
      screenAudio: 'TR_theirs_audio',
    });
    const user = await stage.createUser(community.id);
    stage.livekit.publish(community.channelId, user.id, own);
    const input = {
      channelId: community.channelId,
      videoTrackSid: video,
      ...(audio === undefined ? {} : { audioTrackSid: audio }),
      quality: '720p' as const,
    };
    expect(await refusal(start(user, input))).toBe(code);
    expect(await runningIn(community.id)).toBe(0);
  });

  it("in another channel than the share's are refused", async () => {
    const community = await stage.createCommunity();
    const { user, input } = await stage.createSharer(community);
    const { id } = await stage.db.channel.create({
      data: { communityId: community.id, name: 'Other', kind: 'VOICE' },
    });
    expect(await refusal(start(user, { ...input, channelId: id }))).toBe('NOT_SHARING');
  });
});

describe('a start that fails', () => {
  it('says that LiveKit cannot be asked, and takes no slot', async () => {
    const community = await stage.createCommunity();
    const { user, input } = await stage.createSharer(community);
    stage.livekit.isDown = true;
    expect(await refusal(start(user, input))).toBe('LIVEKIT_UNAVAILABLE');
    stage.livekit.isDown = false;
    expect(await runningIn(community.id)).toBe(0);
  });

  it.each([
    [new AppError('NOT_SHARING'), 'NOT_SHARING'],
    [new Error('no worker'), 'RECORDER_UNAVAILABLE'],
  ])('in the recorder (%s) gives the slot back', async (error, code) => {
    const community = await stage.createCommunity({ maxConcurrent: 1 });
    const { user, input } = await stage.createSharer(community);
    server.recorder.beforeStart = async () => {
      throw error;
    };
    expect(await refusal(start(user, input))).toBe(code);
    server.recorder.beforeStart = async () => undefined;

    expect(await stage.db.egressSession.count({ where: { communityId: community.id } })).toBe(0);
    await expect(start(user, input)).resolves.toMatchObject({ status: 'STARTING' });
  });
});

describe('many starts at once', () => {
  it('never pass the limit of the community', async () => {
    const community = await stage.createCommunity({ maxConcurrent: 5 });
    const sharers = await Promise.all(Array.from({ length: 100 }, () => stage.createSharer(community)));
    const outcomes = await Promise.all(sharers.map(({ user, input }) => refusal(start(user, input))));

    expect(outcomes.filter((code) => code === null)).toHaveLength(5);
    expect(outcomes.filter((code) => code === 'COMMUNITY_LIMIT_REACHED')).toHaveLength(95);
    expect(await runningIn(community.id)).toBe(5);
  });

  it('of one share make one session, and all of them answer with it', async () => {
    const community = await stage.createCommunity();
    const { user, input } = await stage.createSharer(community);
    const requests = server.recorder.requests.length;
    const sessions = await Promise.all(Array.from({ length: 20 }, () => start(user, input)));

    expect(new Set(sessions.map(({ id }) => id)).size).toBe(1);
    expect(server.recorder.requests).toHaveLength(requests + 1);
  });

  it('of one user in two communities make one session', async () => {
    const [one, two] = [await stage.createCommunity(), await stage.createCommunity()];
    const { user, input } = await stage.createSharer(one);
    await stage.db.communityMember.create({ data: { communityId: two.id, userId: user.id } });
    const role = await stage.db.role.create({
      data: { communityId: two.id, name: 'recorder', actions: ['ENABLE_REPLAY_BUFFER'] },
    });
    await stage.db.memberRole.create({ data: { communityId: two.id, userId: user.id, roleId: role.id } });
    const inputs = [input, stage.share(user, two.channelId)];
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => refusal(start(user, inputs[index % 2] ?? input))),
    );

    expect(new Set(outcomes)).toEqual(new Set([null, 'ALREADY_ACTIVE']));
    expect((await runningIn(one.id)) + (await runningIn(two.id))).toBe(1);
  });
});

describe('starting again', () => {
  it('for a share that is being recorded answers with its session', async () => {
    const { user, input } = await stage.createSharer(await stage.createCommunity());
    const first = await start(user, input);
    server.recorder.started(first.id, Date.now());
    await expect.poll(async () => (await start(user, input)).status).toBe('ACTIVE');
    expect((await start(user, input)).id).toBe(first.id);
  });

  it('after a reconnect ends the session of the old tracks and records the new ones', async () => {
    const community = await stage.createCommunity({ maxConcurrent: 1 });
    const { user, input } = await stage.createSharer(community);
    const before = await start(user, input);
    const after = await start(user, stage.share(user, community.channelId));

    expect(after.id).not.toBe(before.id);
    expect(await stage.db.egressSession.findUnique({ where: { id: before.id } })).toMatchObject({
      status: 'STOPPED',
      endReason: 'SHARE_ENDED',
    });
    expect(server.recorder.recording).toContain(after.id);
    expect(server.recorder.recording).not.toContain(before.id);
  });

  it('is refused while another share of the user is being recorded', async () => {
    const community = await stage.createCommunity();
    const { user, input } = await stage.createSharer(community);
    await start(user, input);
    const { id: channelId } = await stage.db.channel.create({
      data: { communityId: community.id, name: 'Other', kind: 'VOICE' },
    });
    expect(await refusal(start(user, stage.share(user, channelId)))).toBe('ALREADY_ACTIVE');
  });
});

describe('stopping', () => {
  it('ends the recording at the true end of its buffer, which stays for the grace time', async () => {
    const { user, input } = await stage.createSharer(await stage.createCommunity());
    const { id } = await start(user, input);
    const startMs = Date.now() - 60_000;
    server.recorder.started(id, startMs);
    const { segmentPath } = await stage.db.egressSession.findUniqueOrThrow({ where: { id } });
    const directory = bufferDirectory(stage.bufferDir, segmentPath);
    await writeFixtureSession({ directory, startMs, segments: 5 });

    const endMs = startMs + 20_000;
    expect(await server.recording.sessions.stop(user, id)).toMatchObject({
      status: 'STOPPED',
      endReason: 'STOPPED_BY_USER',
      endedAt: new Date(endMs).toISOString(),
      captureableUntil: new Date(endMs + stage.buffer.graceMs).toISOString(),
    });
    expect(server.recorder.recording).not.toContain(id);
    await fileAccess(join(directory, 'full.m3u8'), constants.R_OK);
    expect(await stage.timeline.of({ userId: user.id, channelId: input.channelId }, Date.now())).toHaveLength(
      5,
    );
  });

  it('is for its owner alone, and only once', async () => {
    const community = await stage.createCommunity();
    const { user, input } = await stage.createSharer(community);
    const admin = { ...(await stage.createUser(community.id)), isInstanceAdmin: true };
    const { id } = await start(user, input);
    expect(await refusal(server.recording.sessions.stop(admin, id))).toBe('NOT_FOUND');
    expect(await refusal(server.recording.sessions.stop(user, randomUUID()))).toBe('NOT_FOUND');
    await server.recording.sessions.stop(user, id);
    expect(await refusal(server.recording.sessions.stop(user, id))).toBe('SESSION_NOT_ACTIVE');
  });

  it('while the recorder is still starting leaves nothing that records', async () => {
    const community = await stage.createCommunity();
    const { user, input } = await stage.createSharer(community);
    const gate = Promise.withResolvers<void>();
    server.recorder.beforeStart = () => gate.promise;
    const starting = start(user, input);
    const session = await expect
      .poll(() => stage.db.egressSession.findFirst({ where: { userId: user.id } }))
      .not.toBeNull()
      .then(() => stage.db.egressSession.findFirstOrThrow({ where: { userId: user.id } }));
    await server.recording.sessions.stop(user, session.id);
    server.recorder.beforeStart = async () => undefined;
    gate.resolve();

    expect(await starting).toMatchObject({ status: 'STOPPED', endReason: 'STOPPED_BY_USER' });
    expect(server.recorder.recording).not.toContain(session.id);
    expect(await runningIn(community.id)).toBe(0);
  });
});
