import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  signedWebhook,
  startEgressPlayback,
  type EgressPlayback,
} from '@hindsight/recorder/testing/egress/egress-playback';
import { recordedWebhooks, type RecordedEnd } from '@hindsight/recorder/testing/egress/recorded';
import type { CommunityDto } from '@hindsight/shared/community';
import type { SessionDto } from '@hindsight/shared/replay';
import type { UserDto } from '@hindsight/shared/user';
import { SECOND } from '@hindsight/shared/units';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiClient, type ApiClient } from '../testing/api-client.ts';
import { startTemporaryApp, type TemporaryApp } from '../testing/temporary-app.ts';

/** Each order takes a recording of its own, of a second or so. */
const ORDERS = Number(process.env['WEBHOOK_ORDERS'] ?? 5);
const POLL = { timeout: 20 * SECOND, interval: 20 };

let dataDir: string;
let playback: EgressPlayback;
let server: TemporaryApp;
let ada: ApiClient;
let userId: string;
let channelId: string;

/** A server that gets no webhooks but those that the tests send. */
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'egress-webhooks-'));
  playback = await startEgressPlayback({
    speed: 40,
    root: { egress: '/out', here: join(dataDir, 'files/replay-buffer') },
  });
  server = await startTemporaryApp({
    DATA_DIR: dataDir,
    RECORDER: 'egress',
    EGRESS_BUFFER_PATH: '/out',
    LIVEKIT_URL: playback.url,
    LIVEKIT_API_KEY: playback.apiKey,
    LIVEKIT_API_SECRET: playback.apiSecret,
  });
  ada = createApiClient(server.origin);
  userId = (await ada.mutate<UserDto>('auth.register', { username: 'ada', password: randomUUID() })).id;
  const [community] = await ada.query<CommunityDto[]>('community.list');
  channelId = community?.channels.find(({ kind }) => kind === 'VOICE')?.id ?? '';
});
afterAll(async () => {
  await server.remove();
  await playback.close();
  await rm(dataDir, { recursive: true, force: true });
});

const rowOf = (id: string) => server.app.database.egressSession.findUniqueOrThrow({ where: { id } });

async function recordedShare() {
  const share = playback.share(channelId, userId);
  const { room: _room, identity: _identity, ...tracks } = share;
  const { id } = await ada.mutate<SessionDto>('replay.start', { channelId, quality: '720p', ...tracks });
  await expect.poll(async () => (await rowOf(id)).status, POLL).toBe('ACTIVE');
  const { egressId, startedAt } = await rowOf(id);
  if (egressId === null || startedAt === null) throw new Error('it is active');
  return { share, id, egressId, startedAt };
}

type Recording = Awaited<ReturnType<typeof recordedShare>>;

/** What LiveKit sent of a recording, had it been this one; ids of events are new. */
function webhooksOf({ share, egressId, startedAt }: Recording, end: RecordedEnd): string[] {
  const bodies = recordedWebhooks(end).map(({ body }) => body);
  const text = bodies.join('\n');
  const first = (pattern: RegExp) => pattern.exec(text)?.[1] ?? 'nothing';
  const names: [string, string][] = [
    [first(/"roomName":"(\w+)"/), channelId],
    [first(/"identity":"(alice)"/), userId],
    [first(/"videoTrackId":"(\w+)"/), share.videoTrackSid],
    [first(/"audioTrackId":"(\w+)"/), share.audioTrackSid],
    [first(/"egressId":"(\w+)"/), egressId],
    [first(/"segmentResults":\[\{[^}]*"startedAt":"(\d+)"/), `${startedAt.getTime()}000000`],
  ];
  return bodies.map((body) =>
    names
      .reduce((changed, [from, to]) => changed.replaceAll(`"${from}"`, `"${to}"`), body)
      .replace(/"id":"EV_\w+"/, `"id":"EV_${randomUUID()}"`),
  );
}

const UNKNOWN = JSON.stringify({ event: 'room_teleported', id: 'EV_unknown', warp: 9 });

/** An order in which they may come: some repeated, some of kinds that nobody knows. */
function orderOf(count: number) {
  const all = Array.from({ length: count }, (_, index) => index);
  return fc
    .tuple(
      fc.array(fc.integer({ min: 0, max: count - 1 }), { maxLength: 6 }),
      fc.array(fc.constant(-1), { maxLength: 3 }),
    )
    .chain(([repeated, unknown]) => {
      const sent = [...all, ...repeated, ...unknown];
      return fc.shuffledSubarray(sent, { minLength: sent.length });
    });
}

async function send(body: string): Promise<void> {
  const request = await signedWebhook(body);
  const { status } = await fetch(`${server.origin}/api/livekit/webhook`, { method: 'POST', ...request });
  expect(status).toBe(200);
}

async function playlistOf(id: string): Promise<string> {
  const { segmentPath } = await rowOf(id);
  return readFile(join(dataDir, 'files/replay-buffer', segmentPath, 'full.m3u8'), 'utf8');
}

/** All there is to know of how a recording ended. */
async function finalState({ id, egressId }: Recording) {
  const { status, endReason, health, endedAt, startedAt } = await rowOf(id);
  const playlist = await playlistOf(id);
  const listedMs = [...playlist.matchAll(/#EXTINF:([\d.]+)/g)].reduce(
    (sum, [, seconds]) => sum + Number(seconds) * 1000,
    0,
  );
  return {
    session: { status, endReason, health },
    endsWithItsPlaylist: Math.abs((endedAt?.getTime() ?? 0) - (startedAt?.getTime() ?? 0) - listedMs) < 20,
    isPlaylistFinal: playlist.endsWith('#EXT-X-ENDLIST\n'),
    sessions: await server.app.database.egressSession.count({ where: { egressId } }),
    running: await server.app.database.egressSession.count({ where: { endedAt: null } }),
  };
}

it('comes to the same end in whatever order webhooks tell of it, and however often', async () => {
  await fc.assert(
    fc.asyncProperty(orderOf(recordedWebhooks('unpublished').length), async (order) => {
      const recording = await recordedShare();
      const bodies = webhooksOf(recording, 'unpublished');
      await playback.unpublish(recording.share);
      for (const index of order) await send(bodies[index] ?? UNKNOWN);
      await expect.poll(async () => (await rowOf(recording.id)).endedAt, POLL).not.toBeNull();
      // And once more, now that all is over.
      for (const index of order) await send((bodies[index] ?? UNKNOWN).replace('"EV_', '"EV_again'));
      expect(await finalState(recording)).toEqual({
        session: { status: 'STOPPED', endReason: 'SHARE_ENDED', health: 'OK' },
        endsWithItsPlaylist: true,
        isPlaylistFinal: true,
        sessions: 1,
        running: 0,
      });
    }),
    { numRuns: ORDERS },
  );
}, 120_000);

it('stays as its sharer ended it, whatever webhooks tell afterwards', async () => {
  await fc.assert(
    fc.asyncProperty(orderOf(recordedWebhooks('stopped').length), async (order) => {
      const recording = await recordedShare();
      const bodies = webhooksOf(recording, 'stopped');
      const stopping = ada.mutate('replay.stop', { sessionId: recording.id });
      for (const index of order) await send(bodies[index] ?? UNKNOWN);
      await stopping;
      expect(await finalState(recording)).toEqual({
        session: { status: 'STOPPED', endReason: 'STOPPED_BY_USER', health: 'OK' },
        endsWithItsPlaylist: true,
        isPlaylistFinal: true,
        sessions: 1,
        running: 0,
      });
    }),
    { numRuns: ORDERS },
  );
}, 120_000);

it('comes to the same end though every webhook is lost', async () => {
  const recording = await recordedShare();
  await playback.unpublish(recording.share);
  await expect.poll(async () => (await rowOf(recording.id)).endedAt, POLL).not.toBeNull();
  expect(await finalState(recording)).toMatchObject({
    session: { status: 'STOPPED', endReason: 'SHARE_ENDED' },
    isPlaylistFinal: true,
    running: 0,
  });
});
