import { randomUUID } from 'node:crypto';
import { access as fileAccess, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFixtureSession } from '../buffer/testing/buffer-fixture.ts';
import { bufferDirectory } from '../buffer/buffer-paths.ts';
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

describe('starting', () => {
  it('records the verified tracks into a folder of its own', async () => {
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

describe('starting again', () => {
  it('returns the session of a share that is being recorded', async () => {
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

  it('after a reconnect returns the session that the recorder continues', async () => {
    const { user, input } = await stage.createSharer(await stage.createCommunity());
    const { id } = await start(user, input);
    server.recorder.waiting.add(id);
    const anew = stage.share(user, input.channelId);
    const again = start(user, anew);
    server.recorder.moved(id, anew.videoTrackSid);
    expect((await again).id).toBe(id);
    server.recorder.waiting.clear();
    expect(server.recorder.recording).toContain(id);
    expect(server.recorder.requests.filter(({ identity }) => identity === user.id)).toHaveLength(1);
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

describe('starting many times at the same moment', () => {
  it('gives sixty requests for one share the same session, and asks LiveKit once at a time', async () => {
    const { user, input } = await stage.createSharer(await stage.createCommunity());
    stage.livekit.mostAsked = 0;
    const sessions = await Promise.all(Array.from({ length: 60 }, () => start(user, input)));
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(1);
    expect(stage.livekit.mostAsked).toBe(1);
  });

  it('is refused for another share while the first one is being started', async () => {
    const { user, input } = await stage.createSharer(await stage.createCommunity());
    const answer = Promise.withResolvers<void>();
    stage.livekit.answering = answer.promise;
    const first = start(user, input);
    await expect.poll(() => stage.livekit.asked).toBe(1);
    expect(await refusal(start(user, { ...input, videoTrackSid: 'TR_another' }))).toBe('ALREADY_ACTIVE');
    answer.resolve();
    expect((await first).channelId).toBe(input.channelId);
    expect(await stage.db.egressSession.count({ where: { userId: user.id } })).toBe(1);
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

  it('is only for its owner, and only once', async () => {
    const community = await stage.createCommunity();
    const { user, input } = await stage.createSharer(community);
    const admin = { ...(await stage.createUser(community.id)), isInstanceAdmin: true };
    const { id } = await start(user, input);
    expect(await refusal(server.recording.sessions.stop(admin, id))).toBe('NOT_FOUND');
    expect(await refusal(server.recording.sessions.stop(user, randomUUID()))).toBe('NOT_FOUND');
    await server.recording.sessions.stop(user, id);
    expect(await refusal(server.recording.sessions.stop(user, id))).toBe('SESSION_NOT_ACTIVE');
  });

  it('ends a recording whose recorder is still starting', async () => {
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
