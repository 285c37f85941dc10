import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VOICES_FOLDER } from '@hindsight/recorder/voices/voice-piece';
import { PEAK_MS, type VoicePeaks } from '@hindsight/shared/replay/preview';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { writeFixtureSession } from '../buffer/testing/buffer-fixture.ts';
import { keepVoice } from '../capture/mix/testing/kept-voice.ts';
import { tonePackets } from '../capture/mix/testing/tones.ts';
import { openBufferedPeople, type BufferedPeople, type Visitor } from '../testing/buffered-people.ts';

/** What somebody says is kept in files of this length. */
const FILE_MS = 10 * SECOND;

let people: BufferedPeople;
let owner: Visitor;
let friend: Visitor;
/** The owner's recording begins then, and lasts for a minute. */
let startMs: number;
let directory: string;

beforeAll(async () => {
  people = await openBufferedPeople();
});
afterAll(() => people.remove());
beforeEach(async () => {
  owner = await people.register();
  friend = await people.register();
  await agree(friend);
  startMs = Math.floor((Date.now() - 2 * MINUTE) / FILE_MS) * FILE_MS;
  const endMs = startMs + MINUTE;
  ({ directory } = await people.createSession({
    ...{ userId: owner.user.id, channelId: people.channelId, startMs, endMs },
  }));
  await writeFixtureSession({ directory, startMs, segments: 15, codec: 'avc1.42e01f' });
});

const agree = ({ api }: Visitor, mayKeepVoice = true) =>
  api.mutate('consent.answer', { communityId: people.communityId, mayKeepVoice });

/** Somebody speaks from one second of the recording to another. */
const speak = ({ user }: Visitor, [from, to]: [number, number]) =>
  keepVoice(directory, user.id, {
    fromMs: startMs + from * SECOND,
    packets: tonePackets({ hertz: 440, seconds: to - from }),
  });

function voicePeaks(
  { api }: Visitor = owner,
  [from, to]: [number, number] = [0, 60],
  channelId = people.channelId,
): Promise<VoicePeaks[]> {
  const iso = (seconds: number) => new Date(startMs + seconds * SECOND).toISOString();
  return api.query<VoicePeaks[]>('replay.voicePeaks', { channelId, from: iso(from), to: iso(to) });
}

/** Returns the first and the last second in which somebody is loud. */
function spoken({ peaks }: VoicePeaks): [number, number] {
  const isLoud = (peak: number) => peak > 60;
  return [peaks.findIndex(isLoud), peaks.findLastIndex(isLoud) + 1].map(
    (index) => (index * PEAK_MS) / SECOND,
  ) as [number, number];
}

it('tells who spoke when, by the clock of the recording', async () => {
  await speak(owner, [2, 5]);
  // It lies in three files.
  await speak(friend, [4, 21]);
  const voices = await voicePeaks();
  const spokenBy = new Map(voices.map((voice) => [voice.userId, spoken(voice)]));
  expect(voices.map(({ username }) => username).toSorted()).toEqual(
    [owner, friend].map(({ user }) => user.username).toSorted(),
  );
  for (const [{ user }, expected] of [
    [owner, [2, 5]],
    [friend, [4, 21]],
  ] as const)
    for (const [index, time] of (spokenBy.get(user.id) ?? []).entries())
      expect(Math.abs(time - (expected[index] ?? 0))).toBeLessThanOrEqual(0.2);
  for (const { peaks } of voices) expect(peaks).toHaveLength(600);
  expect(voices.filter(({ isMine }) => isMine).map(({ userId }) => userId)).toEqual([owner.user.id]);
  const later = await voicePeaks(owner, [20.5, 30]);
  expect(later.map(({ peaks }) => peaks.length)).toContain(95);
  expect(later.some(({ peaks }) => (peaks[0] ?? 0) > 60 && peaks[20] === 0)).toBe(true);
});

it('tells nothing of somebody who has not agreed, or has taken it back', async () => {
  const refused = await people.register();
  await refused.api.mutate('consent.update', { voiceConsent: 'NEVER' });
  await speak(refused, [1, 3]);
  await speak(friend, [1, 3]);
  expect((await voicePeaks()).map(({ userId }) => userId)).toEqual([friend.user.id]);
  await agree(friend, false);
  expect(await voicePeaks()).toEqual([]);
});

it('is up to date while a file grows, and when files are gone or no voice', async () => {
  await speak(owner, [0, 3]);
  const folder = join(directory, VOICES_FOLDER, owner.user.id);
  const [name = ''] = await readdir(folder);
  const whole = await readFile(join(folder, name));
  await writeFile(join(folder, name), whole.subarray(0, whole.length / 2));
  const half = await voicePeaks();
  await appendFile(join(folder, name), whole.subarray(whole.length / 2));
  const grown = await voicePeaks();
  for (const [[voice], end] of [
    [half, 1.5],
    [grown, 3],
  ] as const)
    expect(Math.abs((voice === undefined ? 0 : spoken(voice)[1]) - end)).toBeLessThanOrEqual(0.2);
  await writeFile(join(folder, name), Buffer.alloc(3000, 0xa7));
  expect((await voicePeaks()).map(({ peaks }) => Math.max(...peaks))).toEqual([0]);
  await rm(folder, { recursive: true });
  expect(await voicePeaks()).toEqual([]);
});

it('is told to the owner of the buffer alone, while they may save clips there', async () => {
  await speak(owner, [0, 3]);
  expect(await voicePeaks(friend)).toEqual([]);
  expect(await voicePeaks(people.admin)).toEqual([]);
  await expect(voicePeaks(owner, [0, 60], owner.user.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(voicePeaks(owner, [0, 61])).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  await expect(voicePeaks(owner, [2, 2])).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  await people.db.memberRole.deleteMany({ where: { userId: owner.user.id } });
  await expect(voicePeaks()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
});
