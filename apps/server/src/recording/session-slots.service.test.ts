import { AppError } from '@hindsight/shared/errors';
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

describe('a start that fails', () => {
  it('reports that LiveKit is unavailable, and takes no slot', async () => {
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
  ])('in the recorder (%s) frees the slot', async (error, code) => {
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
  it('never exceed the limit of the community', async () => {
    const community = await stage.createCommunity({ maxConcurrent: 5 });
    const sharers = await Promise.all(Array.from({ length: 100 }, () => stage.createSharer(community)));
    const outcomes = await Promise.all(sharers.map(({ user, input }) => refusal(start(user, input))));

    expect(outcomes.filter((code) => code === null)).toHaveLength(5);
    expect(outcomes.filter((code) => code === 'COMMUNITY_LIMIT_REACHED')).toHaveLength(95);
    expect(await runningIn(community.id)).toBe(5);
  });

  it('of one share make one session, which all of them return', async () => {
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
