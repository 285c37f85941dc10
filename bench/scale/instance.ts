import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import { createSessionTokens } from '@hindsight/server/auth/session-tokens';
import { FakeLiveKit } from '@hindsight/server/recording/testing/fake-livekit';
import { FakeRecorder } from '@hindsight/server/recording/testing/fake-recorder';
import { startTemporaryApp } from '@hindsight/server/testing/temporary-app';

/** A sharer is a person with a share and a way to call the API. */
export interface Sharer {
  userId: string;
  call(procedure: string, input: object): Promise<{ status: number; body: unknown }>;
}

export type Instance = Awaited<ReturnType<typeof openInstance>>;

/** Opens a whole server on a database, with people who share in one channel. Only LiveKit and the recorder are fakes. */
export async function openInstance(url: string, people: number) {
  const livekit = Object.assign(new FakeLiveKit(), { mintJoinToken: () => Promise.resolve('') });
  const server = await startTemporaryApp({ DATABASE_URL: url }, { livekit, recorder: new FakeRecorder() });
  const { database: db } = server.app;
  const channelId = await makeChannel(db);
  const secret = (await readFile(join(server.dataDir, 'jwt-secret'), 'utf8')).trim();
  const tokens = createSessionTokens({ secret });

  async function makeSharer(number: number): Promise<Sharer> {
    const username = `sharer${number}`;
    const { communityId } = await db.channel.findUniqueOrThrow({ where: { id: channelId } });
    const { id: userId } = await db.user.create({
      data: { username, usernameKey: username, passwordHash: '' },
    });
    await db.communityMember.create({ data: { communityId, userId } });
    const roles = await db.role.findMany({ where: { communityId } });
    await db.memberRole.createMany({
      data: roles.map(({ id: roleId }) => ({ communityId, userId, roleId })),
    });
    livekit.publish(channelId, userId, { screen: `TR_VS${number}` });
    const token = await tokens.mint({ userId, tokenVersion: 0 });
    return {
      userId,
      async call(procedure, input) {
        const response = await fetch(`${server.origin}/api/trpc/${procedure}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(input),
        });
        return { status: response.status, body: await response.json() };
      },
    };
  }

  const sharers: Sharer[] = [];
  for (let number = 0; number < people; number++) sharers.push(await makeSharer(number));
  return {
    db,
    channelId,
    sharers,
    bufferDir: join(server.dataDir, 'files', 'replay-buffer'),
    origin: server.origin,
    close: server.remove,
  };
}

async function makeChannel(db: PrismaClient): Promise<string> {
  const community = await db.community.create({
    data: {
      name: 'Home',
      replayConfig: { create: { maxConcurrent: 5 } },
      roles: {
        create: {
          name: 'Everybody',
          actions: ['CONNECT', 'SHARE_SCREEN', 'ENABLE_REPLAY_BUFFER', 'CAPTURE_REPLAY'],
        },
      },
      channels: { create: { name: 'Lounge', kind: 'VOICE' } },
    },
    include: { channels: true },
  });
  const [channel] = community.channels;
  if (channel === undefined) throw new Error('the community was made with a channel');
  return channel.id;
}
