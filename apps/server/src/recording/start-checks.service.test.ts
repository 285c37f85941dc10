import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusal } from './testing/refusal.ts';
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
const runningIn = (communityId: string) =>
  stage.db.egressSession.count({ where: { communityId, status: { in: ['STARTING', 'ACTIVE'] } } });

describe('the order of checks', () => {
  // Each case has this fault and every later one, so the answer must be the earliest.
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

  it('in another channel than the share’s are refused', async () => {
    const community = await stage.createCommunity();
    const { user, input } = await stage.createSharer(community);
    const { id } = await stage.db.channel.create({
      data: { communityId: community.id, name: 'Other', kind: 'VOICE' },
    });
    expect(await refusal(start(user, { ...input, channelId: id }))).toBe('NOT_SHARING');
  });
});
