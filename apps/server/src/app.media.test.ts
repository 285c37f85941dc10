import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freeTcpPort } from '@hindsight/rig/servers/free-ports';
import { startLivekit, type LivekitRig } from '@hindsight/rig/servers/livekit';
import { findSecrets } from '@hindsight/rig/servers/secrets-in-log';
import { startSharer, type Sharer } from '@hindsight/rig/browsers/sharer';
import type { ClipList } from '@hindsight/shared/clips/clip';
import type { CommunityDto } from '@hindsight/shared/community/community';
import type { CaptureResult, MyReplay, RoomSession, SessionDto } from '@hindsight/shared/replay/replay';
import type { QuotaDto } from '@hindsight/shared/account/quota';
import type { UserDto } from '@hindsight/shared/account/user';
import type { Presence, VoiceJoin } from '@hindsight/shared/community/voice';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from './log.ts';
import { createMetrics } from './metrics/metrics.ts';
import { readMetrics } from './metrics/testing/read-metrics.ts';
import { createApiClient, type ApiClient } from './testing/api-client.ts';
import { startTemporaryApp, type TemporaryApp } from './testing/temporary-app.ts';

const DEADLINE_MS = 30_000;
const PASSWORD = 'correct horse';

let livekit: LivekitRig;
let environment: Record<string, string>;
let server: TemporaryApp;
let sharer: Sharer | undefined;
let ada: ApiClient;
let bob: ApiClient;
let user: UserDto;
let communityId: string;
let channelId: string;
/** The server logs everything here, at its most verbose level. */
let logged = '';

function startServer(): Promise<TemporaryApp> {
  const metrics = createMetrics();
  const write = (line: string) => void (logged += line);
  const log = createLog({ level: 'trace', destination: { write }, onLine: metrics.logLine });
  return startTemporaryApp(environment, { log, metrics });
}

async function waitFor<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${DEADLINE_MS} ms`);
    await delay(100);
  }
}

beforeAll(async () => {
  const port = await freeTcpPort();
  livekit = await startLivekit({ webhookUrl: `http://127.0.0.1:${port}/api/livekit/webhook` });
  const dataDir = await mkdtemp(join(tmpdir(), 'hindsight-slice-'));
  environment = {
    PORT: String(port),
    DATA_DIR: dataDir,
    DATABASE_URL: '',
    LIVEKIT_URL: livekit.url,
    LIVEKIT_API_KEY: livekit.apiKey,
    LIVEKIT_API_SECRET: livekit.apiSecret,
  };
  server = await startServer();
  ada = createApiClient(server.origin);
  bob = createApiClient(server.origin);
  user = await ada.mutate('auth.register', { username: 'ada', password: PASSWORD });
  await bob.mutate('auth.register', { username: 'bob', password: PASSWORD });
  const [community] = await ada.query<CommunityDto[]>('community.list');
  communityId = community?.id ?? '';
  channelId = community?.channels.find(({ kind }) => kind === 'VOICE')?.id ?? '';
}, 60_000);

afterAll(async () => {
  await sharer?.close();
  await server.remove();
  await livekit.stop();
});

it('records a share that somebody joined and started, for everybody to see', async () => {
  const joined = await ada.mutate<VoiceJoin>('voice.join', { channelId });
  expect(joined).toMatchObject({ url: '/', roomName: channelId, identity: user.id });

  const seen: Presence[] = [];
  const watching = new AbortController();
  const watch = (async () => {
    for await (const presence of bob.subscribe<Presence>('voice.events', { communityId }, watching.signal))
      seen.push(presence);
  })().catch(() => undefined);

  // The browser joins through the server's own origin.
  sharer = await startSharer({
    livekit: { ...livekit, url: server.origin },
    room: channelId,
    identity: user.id,
    video: { width: 1024, height: 224, framesPerSecond: 10 },
  });
  await waitFor('the share in presence', () =>
    Promise.resolve(seen.at(-1)?.[0]?.participants.find(({ isSharing }) => isSharing)),
  );

  const started = await ada.mutate<SessionDto>('replay.start', {
    channelId,
    videoTrackSid: sharer.videoTrackSid,
    audioTrackSid: sharer.audioTrackSid,
    quality: '720p',
  });
  const [room] = await waitFor('the recording in the room', async () => {
    const sessions = await bob.query<RoomSession[]>('replay.status', { channelId });
    return sessions.length > 0 ? sessions : undefined;
  });
  expect(room).toMatchObject({ id: started.id, userId: user.id, quality: '720p' });
  await waitFor('the recording badge in presence', () =>
    Promise.resolve(seen.at(-1)?.[0]?.participants.find(({ isRecorded }) => isRecorded)),
  );
  // The recorder is in the room too, and nobody sees it.
  expect(seen.at(-1)?.[0]?.participants).toHaveLength(1);

  watching.abort();
  await watch;
});

it('saves the last minute as a clip that its owner can play', async () => {
  const pressedAt = Date.now();
  const { clip, isShorterThanAsked } = await ada.mutate<CaptureResult>('replay.capture', {
    channelId,
    lastMinutes: 1,
  });
  expect(clip.status).toBe('PROCESSING');
  expect(isShorterThanAsked).toBe(true);

  const ready = await waitFor('the clip', async () => {
    const { items } = await ada.query<ClipList>('clip.list', {});
    return items.find(({ id, status }) => id === clip.id && status !== 'PROCESSING');
  });
  expect(ready).toMatchObject({ status: 'READY', videoCodec: 'h264' });
  // Meanwhile its sound is converted for players that need it.
  expect(['opus', 'aac']).toContain(ready.audioCodec);
  expect(pressedAt - Date.parse(ready.to)).toBeLessThan(500);

  const video = await ada.fetch(ready.videoUrl ?? '', { headers: { range: 'bytes=4-7' } });
  expect(video.status).toBe(206);
  expect(await video.text()).toBe('ftyp');
  expect((await bob.fetch(ready.videoUrl ?? '')).status).toBe(404);
  expect((await createApiClient(server.origin).fetch(ready.videoUrl ?? '')).status).toBe(401);

  const quota = await ada.query<QuotaDto>('quota.mine');
  expect(quota).toMatchObject({ reservedBytes: 0, usedBytes: ready.sizeBytes });
});

it('counts received packets and the captures that were requested', async () => {
  // How much was received by now depends on how quickly the tests before this one ran.
  const metrics = await waitFor('100 packets being received', async () => {
    const read = await readMetrics(server.origin);
    return (read.get('replay_buffer_recorder_packets_received_total') ?? 0) >= 100 ? read : undefined;
  });
  const rtp = (what: string) => metrics.get(`replay_buffer_recorder_packets_${what}_total`) ?? Number.NaN;
  expect(rtp('lost')).toBeLessThan(rtp('received') / 10);
  expect(rtp('recovered')).toBeLessThan(rtp('received') / 10);
  expect(metrics.get('replay_buffer_tail_freshness_seconds')).toBeLessThan(60);
  expect(metrics.get('replay_buffer_captures_total')).toBe(1);
  expect(metrics.get('replay_buffer_capture_accept_duration_seconds_count')).toBe(1);
  expect(metrics.get('replay_buffer_captures_finished_total{outcome="ready"}')).toBe(1);
  expect(metrics.get('replay_buffer_capture_duration_seconds_count')).toBe(1);
});

it('finishes the recording at a shutdown and resumes it at the next start', async () => {
  const before = await ada.query<MyReplay>('replay.mine', { channelId });
  await server.app.close();
  server = await startServer();

  const after = await waitFor('the share being recorded again', async () => {
    const mine = await ada.query<MyReplay>('replay.mine', { channelId });
    return mine.session?.status === 'ACTIVE' && mine.ranges.length > 0 ? mine : undefined;
  });
  expect(after.session?.id).not.toBe(before.session?.id);
  // What was recorded before the restart is still there, and the time without a recorder is a gap of seconds.
  expect(after.ranges[0]?.from).toBe(before.ranges[0]?.from);
  const sessions = await server.app.database.egressSession.findMany({ orderBy: { createdAt: 'asc' } });
  expect(sessions.map(({ status, endReason }) => [status, endReason])).toEqual([
    ['STOPPED', 'SERVER_SHUT_DOWN'],
    ['ACTIVE', null],
  ]);
  const [ended] = sessions;
  const playlist = join(server.dataDir, 'files/replay-buffer', ended?.segmentPath ?? '', 'full.m3u8');
  expect(await readFile(playlist, 'utf8')).toMatch(/#EXT-X-ENDLIST\s*$/);
});

it('logs who did what, and no secrets', async () => {
  // Failures are logged with more text.
  await createApiClient(server.origin)
    .mutate('auth.login', { username: 'ada', password: `not ${PASSWORD}` })
    .catch(() => undefined);
  await server.app.http.inject({
    method: 'POST',
    url: '/api/livekit/webhook',
    headers: { authorization: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl' },
  });

  const lines = logged.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as object]));
  const clip = await server.app.database.replayClip.findFirstOrThrow();
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'clip ready', clipId: clip.id }));
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: 'clip written', queue: 'write-clip-file', clipId: clip.id }),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: 'a recording ended', sessionId: expect.anything() }),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: 'procedure refused', path: 'auth.login', requestId: expect.anything() }),
  );
  const secret = await readFile(join(server.dataDir, 'jwt-secret'), 'utf8');
  expect(
    findSecrets(logged, {
      'a password': PASSWORD,
      'the secret of sessions': secret.trim(),
      'the secret of LiveKit': livekit.apiSecret,
    }),
  ).toEqual([]);
});
