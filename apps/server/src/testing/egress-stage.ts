import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEgressPlayback } from '@hindsight/recorder/testing/egress/egress-playback';
import type { CommunityDto } from '@hindsight/shared/community/community';
import type { SessionDto } from '@hindsight/shared/replay/replay';
import type { UserDto } from '@hindsight/shared/account/user';
import { createApiClient, type ApiClient } from './api-client.ts';
import { startTemporaryApp, type TemporaryApp } from './temporary-app.ts';

export type EgressStage = Awaited<ReturnType<typeof openEgressStage>>;

/** This is somebody with an account. */
export interface EgressUser {
  api: ApiClient;
  id: string;
}

/** Starts the whole server with LiveKit Egress as its recorder, which plays a real recording back. */
export async function openEgressStage(options: {
  /** The playback is this many times as fast as the recording was. */
  speed: number;
  endsWithMedia?: boolean;
  /** Tells whether LiveKit sends webhooks to the server. */
  hasWebhooks: boolean;
  /** Egress uploads to this bucket and the server fetches from it. Without one, they share a folder. */
  bucket?: { environment: Record<string, string>; upload: (key: string, bytes: Buffer) => Promise<void> };
}) {
  const { speed, endsWithMedia = false, hasWebhooks, bucket } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'hindsight-egress-'));
  const bufferDir = join(dataDir, 'files/replay-buffer');
  let server: TemporaryApp | undefined;
  const playback = await startEgressPlayback({
    speed,
    endsWithMedia,
    root: { egress: '/out', here: bufferDir },
    ...(bucket === undefined ? {} : { upload: bucket.upload }),
    ...(hasWebhooks ? { webhookUrl: () => `${server?.origin}/api/livekit/webhook` } : {}),
  });
  const { app, origin } = (server = await startTemporaryApp({
    DATA_DIR: dataDir,
    RECORDER: 'egress',
    ...(bucket === undefined
      ? { EGRESS_BUFFER_PATH: '/out' }
      : { EGRESS_OUTPUT: 's3', ...bucket.environment }),
    LIVEKIT_URL: playback.url,
    LIVEKIT_API_KEY: playback.apiKey,
    LIVEKIT_API_SECRET: playback.apiSecret,
  }));
  const sessions = app.database.egressSession;

  async function register(): Promise<EgressUser> {
    const api = createApiClient(origin);
    const username = `u${randomUUID().slice(0, 8)}`;
    const { id } = await api.mutate<UserDto>('auth.register', { username, password: randomUUID() });
    return { api, id };
  }

  const admin = await register();
  const [community] = await admin.api.query<CommunityDto[]>('community.list');
  const channelId = community?.channels.find(({ kind }) => kind === 'VOICE')?.id ?? '';
  const rowOf = (id: string) => sessions.findUniqueOrThrow({ where: { id } });

  return {
    playback,
    origin,
    dataDir,
    /** The first user is the admin. */
    admin,
    register,
    channelId,
    rowOf,

    /** Lets somebody share, and records it. */
    async startRecording(user: EgressUser) {
      const share = playback.share(channelId, user.id);
      const { room: _room, identity: _identity, ...tracks } = share;
      const session = await user.api.mutate<SessionDto>('replay.start', {
        ...{ channelId, quality: '720p' },
        ...tracks,
      });
      return { share, id: session.id };
    },

    /** Returns all that a test checks about how a recording ended. */
    async finalState({ id }: { id: string }) {
      const { segmentPath, status, endReason, health, endedAt, startedAt, egressId, userId } =
        await rowOf(id);
      const playlist = await readFile(join(bufferDir, segmentPath, 'full.m3u8'), 'utf8');
      const listedMs = [...playlist.matchAll(/#EXTINF:([\d.]+)/g)].reduce(
        (sum, [, seconds]) => sum + Number(seconds) * 1000,
        0,
      );
      const lastedMs = (endedAt?.getTime() ?? 0) - (startedAt?.getTime() ?? 0);
      return {
        session: { status, endReason, health },
        endsWithItsPlaylist: Math.abs(lastedMs - listedMs) < 20,
        isPlaylistFinal: playlist.endsWith('#EXT-X-ENDLIST\n'),
        sessions: await sessions.count({ where: { egressId } }),
        running: await sessions.count({ where: { endedAt: null, userId } }),
      };
    },

    async close(): Promise<void> {
      await app.close();
      // Egress goes on writing until it is closed too.
      await playback.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Returns the final state of a recording that ends as it should. */
export function cleanEnd(endReason: 'SHARE_ENDED' | 'STOPPED_BY_USER') {
  return {
    session: { status: 'STOPPED', endReason, health: 'OK' },
    endsWithItsPlaylist: true,
    isPlaylistFinal: true,
    sessions: 1,
    running: 0,
  };
}
