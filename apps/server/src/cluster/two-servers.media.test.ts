import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase, type Database } from '@hindsight/db/database';
import { startTestServer, type TestServer } from '@hindsight/db/testing-postgres';
import { freeTcpPort } from '@hindsight/rig/servers/free-ports';
import { startLivekit, type LivekitRig } from '@hindsight/rig/servers/livekit';
import { startS3, type S3Rig } from '@hindsight/rig/servers/s3';
import { startSharer, type Sharer } from '@hindsight/rig/browsers/sharer';
import type { ClipEvent, ClipList } from '@hindsight/shared/clips/clip';
import type { CommunityDto } from '@hindsight/shared/community/community';
import type { MessageDto, MessageEvent } from '@hindsight/shared/chat/message';
import type { QuotaDto } from '@hindsight/shared/account/quota';
import type { CaptureResult, MyReplay, SessionDto } from '@hindsight/shared/replay/replay';
import type { UserDto } from '@hindsight/shared/account/user';
import type { Presence } from '@hindsight/shared/community/voice';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { slowFfmpeg } from '../capture/testing/fake-ffmpeg.ts';
import { createApiClient, type ApiClient } from '../testing/api-client.ts';
import { startBalancer, type Balancer } from './testing/balancer.ts';
import { startServerProcess, type ServerProcess } from './testing/server-process.ts';

const PATIENCE = { timeout: 60_000, interval: 200 };
/** The interval stays below the limit on one person's messages. */
const SLOWLY = { timeout: 60_000, interval: 1000 };
/** Browsers wait this long before they reconnect. */
const RECONNECT_MS = 200;
const ACCOUNT = { username: 'ada', password: 'correct horse' };

let directory: string;
let postgres: TestServer;
let database: Database;
let livekit: LivekitRig;
let s3: S3Rig;
let sharing: Promise<Sharer> | undefined;
/** Starts two servers on one PostgreSQL, one bucket, one folder of buffers and one LiveKit, as behind a load balancer. */
let one: ServerProcess | undefined;
let two: ServerProcess;
/** Signs one person in at either server. */
let atOne: ApiClient;
let atTwo: ApiClient;
/** Signs the same person in behind a load balancer, which uses the first server until that one is gone. */
let balancer: Balancer;
let atEither: ApiClient;
let user: UserDto;
let communityId: string;
let voiceId: string;
let textId: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-two-servers-'));
  const port = await freeTcpPort();
  [postgres, s3, livekit] = await Promise.all([
    startTestServer(),
    startS3(),
    // A load balancer gives LiveKit's webhooks to one server; here it is the one that doesn't record.
    startLivekit({ webhookUrl: `http://127.0.0.1:${port}/api/livekit/webhook` }),
  ]);
  const environment = {
    DATABASE_URL: postgres.url,
    DATA_DIR: directory,
    STORAGE: 's3',
    S3_ENDPOINT: s3.endpoint,
    S3_BUCKET: s3.bucket,
    S3_ACCESS_KEY_ID: s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    LIVEKIT_URL: livekit.url,
    LIVEKIT_API_KEY: livekit.apiKey,
    LIVEKIT_API_SECRET: livekit.apiSecret,
    LOG_LEVEL: 'info',
  };
  // The first server makes clips so slowly that it can be killed meanwhile.
  const slow = await slowFfmpeg(directory, 8, '');
  [one, two] = await Promise.all([
    startServerProcess({ ...environment, PORT: '0', FFMPEG_PATH: slow, FFPROBE_PATH: 'ffprobe' }),
    startServerProcess({ ...environment, PORT: String(port), FFMPEG_PATH: 'ffmpeg', FFPROBE_PATH: '' }),
  ]);
  database = await openDatabase(postgres.url);
  [atOne, atTwo] = [createApiClient(one.origin), createApiClient(two.origin)];
  user = await atOne.mutate('auth.register', ACCOUNT);
  balancer = await startBalancer([one.origin, two.origin]);
  atEither = createApiClient(balancer.origin);
  for (const client of [atTwo, atEither]) await client.mutate('auth.login', ACCOUNT);
  const [community] = await atTwo.query<CommunityDto[]>('community.list');
  const channelOf = (kind: 'VOICE' | 'TEXT') =>
    community?.channels.find((channel) => channel.kind === kind)?.id ?? '';
  [communityId, voiceId, textId] = [community?.id ?? '', channelOf('VOICE'), channelOf('TEXT')];
}, 180_000);

afterAll(async () => {
  await (await sharing)?.close();
  balancer.close();
  await one?.kill();
  await two.stop();
  await database.close();
  await Promise.all([livekit.stop(), s3.stop(), postgres.stop()]);
  await rm(directory, { recursive: true });
});

/** Collects what a subscription yields until the returned function is called. It subscribes again when the stream breaks. */
function follow(heard: unknown[], client: ApiClient, path: string, input?: object): () => void {
  const stop = new AbortController();
  const listen = async () => {
    for await (const event of client.subscribe(path, input, stop.signal)) heard.push(event);
  };
  const run = async () => {
    while (!stop.signal.aborted) {
      await listen().catch(() => undefined);
      await sleep(RECONNECT_MS);
    }
  };
  void run();
  return () => stop.abort();
}

const mine = () => atTwo.query<MyReplay>('replay.mine', { channelId: voiceId });
const sessions = () => database.client.egressSession.findMany({ orderBy: { createdAt: 'asc' } });

/** Lists objects without a row, and rows without their objects. */
async function objectsAndRows(): Promise<{ strays: string[]; missing: string[] }> {
  const select = { storageKey: true };
  const stored = await s3.objectNames();
  const files = (await database.client.file.findMany({ select })).map(({ storageKey }) => storageKey);
  const replaced = await database.client.storageDeletion.findMany({ select });
  const known = new Set([...files, ...replaced.map(({ storageKey }) => storageKey)]);
  return {
    strays: stored.filter((key) => !known.has(key)),
    missing: files.filter((key) => !stored.includes(key)),
  };
}

it('tells people at one server what is written, shared and recorded at the other', async () => {
  const video = { width: 1024, height: 224, framesPerSecond: 10 };
  sharing = startSharer({ livekit, room: voiceId, identity: user.id, video });
  const messages: MessageEvent[] = [];
  const presence: Presence[] = [];
  const stops = [
    follow(messages, atTwo, 'message.events'),
    follow(presence, atTwo, 'voice.events', { communityId }),
  ];
  // A subscription has begun once it has yielded something that came after it.
  const target = { channelId: textId };
  await expect
    .poll(async () => {
      await atOne.mutate('message.create', { target, text: 'hello?' });
      return messages.length;
    }, SLOWLY)
    .toBeGreaterThan(0);
  const message = await atOne.mutate<MessageDto>('message.create', { target, text: 'from the other server' });
  await expect.poll(() => messages, PATIENCE).toContainEqual({ type: 'created', message });

  const { videoTrackSid, audioTrackSid } = await sharing;
  const share = { channelId: voiceId, videoTrackSid, audioTrackSid, quality: '720p' };
  const { id } = await atOne.mutate<SessionDto>('replay.start', share);
  // A second request for the share, on any server, returns the same recording.
  expect(await atTwo.mutate<SessionDto>('replay.start', share)).toMatchObject({ id });
  await expect
    .poll(() => presence.at(-1)?.[0]?.participants, PATIENCE)
    .toMatchObject([{ userId: user.id, isSharing: true, isRecorded: true }]);
  for (const stop of stops) stop();
});

it('captures at one server what the other records, up to the request', async () => {
  await expect.poll(async () => (await mine()).ranges.length, PATIENCE).toBeGreaterThan(0);
  const pressedAt = Date.now();
  const { clip } = await atTwo.mutate<CaptureResult>('replay.capture', {
    channelId: voiceId,
    lastMinutes: 1,
  });
  const ready = async () =>
    (await atTwo.query<ClipList>('clip.list', {})).items.find(
      ({ id, status }) => id === clip.id && status === 'READY',
    );
  await expect.poll(ready, PATIENCE).toBeDefined();
  expect(pressedAt - Date.parse((await ready())?.to ?? '')).toBeLessThan(1000);
});

it('goes on at the other server when one is killed in the middle of a recording and of a capture', async () => {
  const before = await mine();
  const clips: ClipEvent[] = [];
  const messages: MessageEvent[] = [];
  const stops = [follow(clips, atTwo, 'clip.events'), follow(messages, atEither, 'message.events')];
  const capture = await atEither.mutate<CaptureResult>('replay.capture', {
    channelId: voiceId,
    lastMinutes: 1,
  });
  const row = () => database.client.replayClip.findUniqueOrThrow({ where: { id: capture.clip.id } });
  // The capture is accepted; its file isn't written yet.
  await one?.kill();
  one = undefined;

  await expect.poll(async () => (await row()).status, PATIENCE).toBe('READY');
  // Somebody who watches at the other server sees it become ready.
  await expect
    .poll(() => clips, PATIENCE)
    .toContainEqual(
      expect.objectContaining({
        type: 'changed',
        clip: expect.objectContaining({ id: capture.clip.id, status: 'READY' }) as unknown,
      }),
    );
  await expect.poll(async () => (await mine()).session?.status, PATIENCE).toBe('ACTIVE');
  await expect.poll(async () => (await mine()).ranges.length, PATIENCE).toBeGreaterThan(before.ranges.length);
  expect((await mine()).ranges[0]?.from).toBe(before.ranges[0]?.from);
  expect((await sessions()).map(({ status, endReason }) => [status, endReason])).toEqual([
    ['STOPPED', 'SERVER_SHUT_DOWN'],
    ['ACTIVE', null],
  ]);

  // Somebody who used the dead server still has their clips, and receives new events.
  const saved = async () => (await atEither.query<ClipList>('clip.list', {})).items.map(({ id }) => id);
  await expect.poll(saved, PATIENCE).toContain(capture.clip.id);
  expect((await atEither.query<MyReplay>('replay.mine', { channelId: voiceId })).session?.status).toBe(
    'ACTIVE',
  );
  const target = { channelId: textId };
  const written = new Set<string>();
  await expect
    .poll(async () => {
      const { id } = await atTwo.mutate<MessageDto>('message.create', { target, text: 'still there?' });
      written.add(id);
      // Any of them will do: on a busy machine, news takes longer than the next poll.
      return messages.some((event) => event.type === 'created' && written.has(event.message.id));
    }, SLOWLY)
    .toBe(true);

  // Everything exists exactly once: the clips' rows, their objects, and the quota agree.
  const list = async () => (await atTwo.query<ClipList>('clip.list', {})).items;
  expect((await list()).map(({ status }) => status)).toEqual(['READY', 'READY']);
  const isPostProcessed = (clip: { sprite: unknown; audioCodec: string | null }) =>
    clip.sprite !== null && clip.audioCodec === 'aac';
  await expect.poll(async () => (await list()).every(isPostProcessed), PATIENCE).toBe(true);
  const usedBytes = (await list()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  expect(await atTwo.query<QuotaDto>('quota.mine')).toMatchObject({ usedBytes, reservedBytes: 0 });
  await expect.poll(() => readdir(join(directory, 'files', 'replay-buffer', 'held')), PATIENCE).toEqual([]);
  // The file from before post-processing is deleted soon after.
  await expect.poll(objectsAndRows, PATIENCE).toEqual({ strays: [], missing: [] });
  expect(await database.client.appServer.count()).toBe(1);
  await expect.poll(() => readdir(join(directory, 'files', 'tmp')), PATIENCE).toHaveLength(1);
  for (const stop of stops) stop();
});
