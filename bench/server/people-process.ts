import { cpSync, linkSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as App from '@hindsight/server/app';
import type * as SessionTokens from '@hindsight/server/auth/session-tokens';
import type * as Config from '@hindsight/server/config';
import { createSessionRow } from '@hindsight/server/recording/testing/session-row';
import { emptyLiveKit, idleRecorder } from '@hindsight/server/testing/ports';

// This process puts people with a buffer into the database and the folders of a checkout, with that checkout's own code, while
// none of its servers runs. It then ends, so that no server has memory from it.

/** These people share one channel. Each has the same media as buffer. */
export interface PeopleTask {
  folder: string;
  settings: Record<string, string>;
  people: number;
  /** The folder of a recording that ran during this time. */
  media: { dir: string; startMs: number; endMs: number };
}

/** A person who may record and capture in a channel. */
export interface Person {
  id: string;
  token: string;
  channelId: string;
  communityId: string;
}

async function addPeople({ folder, settings, people: count, media }: PeopleTask): Promise<Person[]> {
  const load = async (path: string): Promise<unknown> => import(pathToFileURL(join(folder, path)).href);
  const { createApp } = (await load('apps/server/src/app.ts')) as typeof App;
  const { loadConfig } = (await load('apps/server/src/config.ts')) as typeof Config;
  const { createSessionTokens } = (await load(
    'apps/server/src/auth/session-tokens.ts',
  )) as typeof SessionTokens;

  const config = loadConfig({ ...settings, LOG_LEVEL: 'error' });
  const app = await createApp(config, { livekit: emptyLiveKit, recorder: idleRecorder });
  const { database: db } = app;
  const secret = readFileSync(join(config.dataDir, 'jwt-secret'), 'utf8').trim();
  const tokens = createSessionTokens({ secret });
  const community = await db.community.create({
    data: {
      name: 'Bench',
      replayConfig: { create: { maxConcurrent: count } },
      roles: {
        create: {
          name: 'Everybody',
          actions: ['CONNECT', 'SHARE_SCREEN', 'ENABLE_REPLAY_BUFFER', 'CAPTURE_REPLAY'],
        },
      },
      channels: { create: { name: 'Lounge', kind: 'VOICE' } },
    },
    include: { channels: true, roles: true },
  });
  const [channel] = community.channels;
  const [role] = community.roles;
  if (channel === undefined || role === undefined) throw new Error('the community was made with both');
  const people: Person[] = [];
  const { id: communityId } = community;
  for (let number = 0; number < count; number++) {
    const username = `person${number}`;
    const { id } = await db.user.create({ data: { username, usernameKey: username, passwordHash: '-' } });
    await db.communityMember.create({ data: { communityId, userId: id } });
    await db.memberRole.create({ data: { communityId, userId: id, roleId: role.id } });
    const { startMs, endMs } = media;
    const session = { userId: id, communityId, channelId: channel.id, startMs, endMs };
    const { segmentPath } = await createSessionRow(db, session);
    linkAll(media.dir, join(config.buffer.dir, segmentPath));
    const token = await tokens.mint({ userId: id, tokenVersion: 0 });
    people.push({ id, token, channelId: channel.id, communityId });
  }
  await app.close();
  return people;
}

/** Segments are linked, because they don't change; playlists are copied. */
function linkAll(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name.endsWith('.m3u8')) cpSync(join(from, name), join(to, name));
    else linkSync(join(from, name), join(to, name));
  }
}

process.once('message', (task: PeopleTask) => {
  addPeople(task).then(
    (people) => {
      process.send?.(people);
      process.disconnect();
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
