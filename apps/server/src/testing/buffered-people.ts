import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { CommunityDto } from '@hindsight/shared/community/community';
import type { UserDto } from '@hindsight/shared/account/user';
import type { AppOverrides } from '../app.ts';
import { createSessionRow, type SessionRow } from '../recording/testing/session-row.ts';
import { createApiClient, type ApiClient } from './api-client.ts';
import { emptyLiveKit, idleRecorder } from './ports.ts';
import { startTemporaryApp } from './temporary-app.ts';

/** A visitor is a user with an account in the app. */
export interface Visitor {
  api: ApiClient;
  user: UserDto;
}

export type BufferedPeople = Awaited<ReturnType<typeof openBufferedPeople>>;

/** Starts the whole server with nobody in its voice channels. Tests put buffers of their own making into it. */
export async function openBufferedPeople(
  environment: Record<string, string> = {},
  overrides: AppOverrides = {},
) {
  const server = await startTemporaryApp(environment, {
    livekit: emptyLiveKit,
    recorder: idleRecorder,
    ...overrides,
  });
  const { database: db } = server.app;
  const bufferDir = join(server.dataDir, 'files', 'replay-buffer');

  async function register(): Promise<Visitor> {
    const api = createApiClient(server.origin);
    const username = `u${randomUUID().slice(0, 8)}`;
    const user = await api.mutate<UserDto>('auth.register', { username, password: 'correct horse' });
    return { api, user };
  }

  /** The first account is the instance's admin. */
  const admin = await register();
  const [home] = await admin.api.query<CommunityDto[]>('community.list');
  const lounge = home?.channels.find(({ kind }) => kind === 'VOICE');
  if (home === undefined || lounge === undefined) throw new Error('an instance begins with a channel');

  return {
    ...server,
    db,
    bufferDir,
    admin,
    register,
    communityId: home.id,
    channelId: lounge.id,

    /**
     * Creates a session.
     * @returns the directory for its files
     */
    async createSession(session: Omit<SessionRow, 'communityId'>) {
      const { sessionId, segmentPath } = await createSessionRow(db, { ...session, communityId: home.id });
      return { sessionId, directory: join(bufferDir, segmentPath) };
    },
  };
}
