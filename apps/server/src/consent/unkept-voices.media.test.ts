import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '@hindsight/shared/error-code';
import { SyntheticPublisher } from '@hindsight/recorder/testing/synthetic-publisher';
import { freeTcpPort } from '@hindsight/rig/servers/free-ports';
import { startLivekit, type LivekitRig } from '@hindsight/rig/servers/livekit';
import type { UserDto } from '@hindsight/shared/account/user';
import type { CommunityDto } from '@hindsight/shared/community/community';
import type { CaptureResult, RoomSession } from '@hindsight/shared/replay/replay';
import type { ReplayHistory } from '@hindsight/shared/replay/replay';
import type { VoiceConsent } from '@hindsight/shared/replay/voice-consent';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiClient, type ApiClient } from '../testing/api-client.ts';
import { startTemporaryApp, type TemporaryApp } from '../testing/temporary-app.ts';

const POLL = { timeout: 40 * SECOND, interval: 200 };

/** Somebody in the channel whose microphone sends packets that no other has. */
interface Speaker {
  user: UserDto;
  api: ApiClient;
  /** Each packet begins with this. It sounds like nothing, and is found on a disk. */
  spoken: Buffer;
  microphone: SyntheticPublisher;
}

let livekit: LivekitRig;
let server: TemporaryApp;
let channelId: string;
let communityId: string;
const speakers: Speaker[] = [];

beforeAll(async () => {
  const port = await freeTcpPort();
  livekit = await startLivekit({ webhookUrl: `http://127.0.0.1:${port}/api/livekit/webhook` });
  server = await startTemporaryApp({
    PORT: String(port),
    // The database's files are searched, too.
    DATABASE_URL: '',
    LIVEKIT_URL: livekit.url,
    LIVEKIT_API_KEY: livekit.apiKey,
    LIVEKIT_API_SECRET: livekit.apiSecret,
  });
}, 60_000);

afterAll(async () => {
  await Promise.all(speakers.map(({ microphone }) => microphone.close()));
  await server.remove();
  await livekit.stop();
});

/** Lets somebody speak in the channel, and answer what their voice may be used for. */
async function speak(username: string, voiceConsent?: VoiceConsent): Promise<Speaker> {
  const api = createApiClient(server.origin);
  const user = await api.mutate<UserDto>('auth.register', { username, password: 'correct horse' });
  if (voiceConsent !== undefined) await api.mutate('consent.update', { voiceConsent });
  const [community] = await api.query<CommunityDto[]>('community.list');
  communityId = community?.id ?? '';
  channelId = community?.channels.find(({ kind }) => kind === 'VOICE')?.id ?? '';
  const spoken = Buffer.from(`\xf8what ${username} says`, 'latin1');
  const microphone = await SyntheticPublisher.start({
    ...{ livekit, room: channelId, identity: user.id },
    voice: (epochMs) => Buffer.concat([spoken, Buffer.from(String(epochMs))]),
    // The first one shares.
    hasVideo: speakers.length === 0,
  });
  const speaker = { user, api, spoken, microphone };
  speakers.push(speaker);
  return speaker;
}

/** Returns whose packets are anywhere in a folder, which is that of all of the server's data by default. */
async function found(folder = server.dataDir, except: readonly string[] = []): Promise<string[]> {
  const names = new Set<string>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    if (except.some((name) => entry.parentPath.startsWith(join(folder, name)))) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch((error: unknown) => {
      // Segments and the database's files come and go.
      if (hasCode(error, 'ENOENT')) return Buffer.alloc(0);
      throw error;
    });
    for (const { user, spoken } of speakers) if (bytes.includes(spoken)) names.add(user.username);
  }
  return [...names].toSorted();
}

it('writes no voice of a person to the disk who has not agreed', async () => {
  const sharer = await speak('sharer');
  await speak('agreed', 'ALWAYS');
  await speak('never', 'NEVER');
  await speak('unasked');
  const { videoTrackSid, audioTrackSid } = sharer.microphone;
  const share = { channelId, videoTrackSid, audioTrackSid, quality: '720p' };
  await sharer.api.mutate('replay.start', share);
  await expect.poll(() => found(), POLL).toEqual(['agreed', 'sharer']);

  // A clip copies what is kept into other files.
  const { clip } = await sharer.api.mutate<CaptureResult>('replay.capture', { channelId, lastMinutes: 1 });
  const status = async () =>
    (await sharer.api.query<{ status: string }>('clip.get', { clipId: clip.id })).status;
  await expect.poll(status, POLL).toBe('READY');
  expect(await found()).toEqual(['agreed', 'sharer']);
});

it('keeps somebody from the moment at which they agree, and nothing any more of somebody who said never', async () => {
  const [, , never, unasked] = speakers;
  await unasked?.api.mutate('consent.answer', { communityId, mayKeepVoice: true });
  await expect.poll(() => found(), POLL).toEqual(['agreed', 'sharer', 'unasked']);
  // An answer to one community counts more than what the account says.
  await never?.api.mutate('consent.answer', { communityId, mayKeepVoice: false });
  await unasked?.api.mutate('consent.update', { voiceConsent: 'NEVER' });
  const keptOf = async () => (await found()).filter((name) => name === 'never' || name === 'unasked');
  await expect.poll(keptOf, POLL).toEqual([]);
});

it.each([
  ['no', false],
  ['yes', true],
])(
  'ends as it was answered last, when somebody changes their mind a hundred times within a minute: %s',
  async (_name, last) => {
    const [sharer, agreed] = speakers;
    if (sharer === undefined || agreed === undefined) throw new Error('they speak');
    const startedAt = Date.now();
    for (let n = 0; n < 100; n++)
      await agreed.api.mutate('consent.answer', { communityId, mayKeepVoice: n % 2 === 0 });
    await agreed.api.mutate('consent.answer', { communityId, mayKeepVoice: last });
    expect(Date.now() - startedAt).toBeLessThan(MINUTE);
    const answeredAt = Date.now();
    const ofBuffer = () => found(join(server.dataDir, 'files/replay-buffer'), ['held']);
    // What is deleted is deleted when the no is answered.
    if (!last) expect(await ofBuffer()).toEqual(['sharer']);
    const listed = async () => {
      const [session] = await sharer.api.query<RoomSession[]>('replay.status', { channelId });
      return session?.voices.map(({ username }) => username).toSorted();
    };
    const heard = last ? ['agreed', 'sharer'] : ['sharer'];
    await expect.poll(listed, POLL).toEqual(heard);
    await expect.poll(ofBuffer, POLL).toEqual(heard);
    const { items } = await sharer.api.query<ReplayHistory>('replay.history', { channelId });
    const open = items
      .flatMap(({ voices }) => voices)
      .filter(({ username, to }) => username === 'agreed' && to === null);
    expect(open).toHaveLength(last ? 1 : 0);
    // Nothing more comes of a voice that isn't kept.
    if (last) return;
    await sleep(2 * SECOND - (Date.now() - answeredAt));
    expect(await ofBuffer()).toEqual(heard);
  },
  120_000,
);
