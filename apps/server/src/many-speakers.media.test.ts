import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readVoicePiece, SAMPLES_PER_MS } from '@hindsight/recorder/voices/voice-piece';
import { SyntheticPublisher } from '@hindsight/recorder/testing/synthetic-publisher';
import { soundOf, soundTitles, toneLevel } from '@hindsight/rig/media/sound-of';
import { freeTcpPort } from '@hindsight/rig/servers/free-ports';
import { startLivekit, type LivekitRig } from '@hindsight/rig/servers/livekit';
import type { UserDto } from '@hindsight/shared/account/user';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { CommunityDto } from '@hindsight/shared/community/community';
import type { CaptureResult, RoomSession } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tonePackets } from './capture/mix/testing/tones.ts';
import { createApiClient, type ApiClient } from './testing/api-client.ts';
import { startTemporaryApp, type TemporaryApp } from './testing/temporary-app.ts';

/** SPEAKERS=50 is more than a machine of two processors can do beside other tests. */
const SPEAKERS = Number(process.env['SPEAKERS'] ?? 10);
/** So many of them are kept at once: four times as many aren't all of them, so that they have to take turns. */
const MOST = Math.floor((SPEAKERS - 1) / 4);
/** A voice is this far below full scale, in dB, when it is loud, and when it is not. */
const LOUD_DB = 15;
const QUIET_DB = 42;
const PACKET_MS = 20;
/** So long each group is the loudest, once it is kept. */
const GROUP_MS = 4 * SECOND;
const POLL = { timeout: 90 * SECOND, interval: 200 };

/** Somebody in the channel whose voice is a tone that no other has. */
interface Speaker {
  id: string;
  username: string;
  hertz: number;
  api: ApiClient;
  publisher: SyntheticPublisher;
}

const nameOf = ({ username }: Speaker): string => username;

let livekit: LivekitRig;
let server: TemporaryApp;
let directory: string;
let channelId = '';
const people: Speaker[] = [];
let loud: readonly string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-speakers-'));
  const port = await freeTcpPort();
  livekit = await startLivekit({ webhookUrl: `http://127.0.0.1:${port}/api/livekit/webhook` });
  server = await startTemporaryApp({
    PORT: String(port),
    LIVEKIT_URL: livekit.url,
    LIVEKIT_API_KEY: livekit.apiKey,
    LIVEKIT_API_SECRET: livekit.apiSecret,
    REPLAY_MAX_VOICES: String(MOST),
  });
  for (let index = 0; index < SPEAKERS; index++)
    people.push(await speak(`speaker-${index}`, 1200 + 55 * index));
}, 240_000);

afterAll(async () => {
  await Promise.all(people.map(({ publisher }) => publisher.close()));
  await server.remove();
  await livekit.stop();
  await rm(directory, { recursive: true });
});

/** Lets somebody join the channel who agrees that their voice is kept, and speaks all the time. */
async function speak(username: string, hertz: number): Promise<Speaker> {
  const api = createApiClient(server.origin);
  const { id } = await api.mutate<UserDto>('auth.register', { username, password: 'correct horse' });
  await api.mutate('consent.update', { voiceConsent: 'ALWAYS' });
  const [community] = await api.query<CommunityDto[]>('community.list');
  channelId = community?.channels.find(({ kind }) => kind === 'VOICE')?.id ?? '';
  const packets = tonePackets({ hertz, level: 2000, seconds: 1 }).map(({ payload }) => Buffer.from(payload));
  const publisher = await SyntheticPublisher.start({
    ...{ livekit, room: channelId, identity: id },
    voice: (epochMs) => packets[Math.floor(epochMs / PACKET_MS) % packets.length] ?? null,
    // A voice is never as loud as a moment ago, and LiveKit tells changes alone.
    voiceLevelDb: () =>
      (loud.includes(username) ? LOUD_DB : QUIET_DB) + (Math.floor(Date.now() / 500) % 3) * 4,
    // The first one shares, without sound: LiveKit can't tell two tracks of sound apart that come from here at once.
    ...{ hasVideo: people.length === 0, hasAudio: false },
  });
  return { id, username, hertz, api, publisher };
}

/** Returns whose voices the buffer has of a stretch of time, in epoch ms. */
async function keptIn(fromMs: number, toMs: number): Promise<string[]> {
  const entries = await readdir(join(server.dataDir, 'files/replay-buffer'), {
    recursive: true,
    withFileTypes: true,
  });
  const kept = people.filter(({ id }) =>
    entries
      .filter((entry) => entry.isFile() && basename(entry.parentPath) === id)
      .flatMap(({ parentPath, name }) => readVoicePiece(readFileSync(join(parentPath, name)))?.packets ?? [])
      .some(({ atSample }) => atSample >= fromMs * SAMPLES_PER_MS && atSample < toMs * SAMPLES_PER_MS),
  );
  return kept.map(nameOf);
}

/** Makes these the loudest, and returns a stretch in which they alone were kept, in epoch ms. */
async function hear(sharer: Speaker, group: readonly Speaker[]): Promise<[number, number]> {
  loud = group.map(nameOf);
  // It takes about a second until something is on the disk.
  const keptLately = () => keptIn(Date.now() - 3 * SECOND, Date.now() - 2 * SECOND);
  await expect.poll(keptLately, POLL).toEqual(loud);
  const fromMs = Date.now();
  await sleep(GROUP_MS + 2 * SECOND);
  const toMs = fromMs + GROUP_MS;
  expect(await keptIn(fromMs, toMs)).toEqual(loud);
  const [session] = await sharer.api.query<RoomSession[]>('replay.status', { channelId });
  // Anybody of them may be the loudest in a moment, and is told so.
  expect(session).toMatchObject({ health: 'OK' });
  expect(session?.voices).toHaveLength(SPEAKERS);
  return [fromMs, toMs];
}

it('of many who speak at once, a clip has the loudest of each moment, and nothing of the others', async () => {
  const sharer = people[0];
  if (sharer === undefined) throw new Error('somebody shares');
  const first = people.slice(0, MOST);
  const last = people.slice(-MOST);
  loud = first.map(nameOf);
  const { videoTrackSid } = sharer.publisher;
  await sharer.api.mutate('replay.start', { channelId, videoTrackSid, quality: '720p' });
  const stretches = [await hear(sharer, first), await hear(sharer, last)] as const;

  const { clip } = await sharer.api.mutate<CaptureResult>('replay.capture', { channelId, lastMinutes: 1 });
  const now = () => sharer.api.query<ClipDto>('clip.get', { clipId: clip.id });
  await expect.poll(async () => (await now()).status, POLL).toBe('READY');
  const { from, voices = [] } = await now();
  const path = join(directory, 'clip.mp4');
  const download = async (url: string) =>
    writeFile(path, Buffer.from(await (await sharer.api.fetch(url)).arrayBuffer()));
  await download(`/api/clips/${clip.id}/video`);
  const sound = await soundOf(path);
  for (const [index, group] of [first, last].entries()) {
    const [fromSeconds = 0, toSeconds = 0] = (stretches[index] ?? []).map(
      (ms) => (ms - Date.parse(from)) / SECOND,
    );
    const louderThan = (level: number) =>
      people.filter(({ hertz }) => toneLevel(sound, hertz, fromSeconds, toSeconds) > level).map(nameOf);
    expect(louderThan(0.03)).toEqual(group.map(nameOf));
    expect(louderThan(0.003)).toEqual(group.map(nameOf));
  }
  expect(voices).toEqual(expect.arrayContaining([...first, ...last].map(nameOf)));

  // They are there when its file is written.
  await expect.poll(async () => (await now()).tracksUrl, POLL).not.toBeNull();
  await download((await now()).tracksUrl ?? '');
  const titles = await soundTitles(path);
  expect(titles[0]).toBe('Mix');
  expect(new Set(titles.slice(1))).toEqual(new Set(voices));
}, 240_000);
