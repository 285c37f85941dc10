import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { allowance } from '@hindsight/rig/media/allowance';
import { burntClock } from '@hindsight/rig/media/clip-probe';
import { startLivekit, type LivekitRig } from '@hindsight/rig/servers/livekit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { VIDEO_RATE, OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { closePlaylist } from './segments/playlist-files.ts';
import { parsePlaylist, type PlaylistEntry } from './segments/playlist-reader.ts';
import type { RecordingRequest } from './recorder.port.ts';
import { CLOCK_STRIP } from './testing/h264-picture.ts';
import { readSamples } from '@hindsight/mp4/testing/read-boxes';
import { RecorderProcess, type RecorderProcessOrder } from './testing/recorder-process.ts';
import { SyntheticPublisher } from './testing/synthetic-publisher.ts';

/** This many recordings are killed. Hundreds are worth their time when the order of writes changes. */
const KILLS = Number(process.env['RECORDER_KILLS'] ?? 6);
/** The recordings of a process begin at different moments, so that a kill hits each at another point between two fragments. */
const RECORDINGS_PER_PROCESS = 3;
const PROCESSES_AT_ONCE = 2;
const STARTS = 3;
const SEGMENT_MS = 1500;
/** The latest kill is after the first and the second cut. */
const LATEST_KILL_MS = 2.5 * SEGMENT_MS;
/** The picture is as small as its clock, because it is decoded often. */
const PICTURE = { width: 640, height: 64 };

/** The loss of one recording by a kill: how long before it the first missing picture and the first missing sound were. */
interface Loss {
  pictureMs: number;
  soundMs: number;
}

let livekit: LivekitRig;
let publisher: SyntheticPublisher;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'recorder-kill-'));
  livekit = await startLivekit();
  publisher = await SyntheticPublisher.start({ livekit, room: 'room', identity: 'alice', video: PICTURE });
});
afterAll(async () => {
  await publisher.close();
  await livekit.stop();
  rmSync(directory, { recursive: true });
});

/** Starts a process, with several tries: a LiveKit on a busy machine may let nobody in for some seconds. */
async function startProcess(order: RecorderProcessOrder): Promise<RecorderProcess> {
  for (let triesLeft = STARTS; ;) {
    try {
      return await RecorderProcess.start(order);
    } catch (error) {
      if (--triesLeft === 0) throw error;
    }
  }
}

/** Starts recordings in a process of their own and kills it at a random moment. */
async function recordAndKill(names: readonly string[]): Promise<Loss[]> {
  const { room, identity, videoTrackSid, audioTrackSid } = publisher;
  const requests = names.map((sessionId): RecordingRequest => ({
    ...{ sessionId, room, identity, videoTrackSid, audioTrackSid },
    quality: '720p',
    destination: join(directory, sessionId),
  }));
  const { url: livekitUrl, apiKey, apiSecret } = livekit;
  const recorder = { livekitUrl, apiKey, apiSecret, segmentMs: SEGMENT_MS };
  const child = await startProcess({ recorder, requests });
  await sleep(Math.random() * LATEST_KILL_MS);
  const killedMs = await child.kill();
  const losses: Loss[] = [];
  for (const [i, { destination }] of requests.entries())
    losses.push(await inspect(destination, killedMs, child.startedAtMs[i] ?? 0));
  return losses;
}

/** Reads everything that is left, as the server and as a player do. */
async function inspect(destination: string, killedMs: number, startedAtMs: number): Promise<Loss> {
  const playlist = join(destination, 'full.m3u8');
  // The recording's first picture had only just come.
  if (!existsSync(playlist)) return { pictureMs: killedMs - startedAtMs, soundMs: killedMs - startedAtMs };
  const entries = parsePlaylist(readFileSync(playlist, 'utf8'));
  const last = entries.at(-1);
  if (last === undefined) throw new Error(`nothing is readable of ${destination}`);
  // All boxes must be whole and have their samples; otherwise this throws.
  const soundEnds = entries.map((entry) => soundEndMs(destination, entry));

  closePlaylist(destination);
  const shown = (await burntClock(playlist, CLOCK_STRIP)).map(({ burntMs }) => burntMs);
  const missing = publisher.sent[indexOfLast(shown) + 1]?.epochMs ?? killedMs;
  return { pictureMs: Math.max(0, killedMs - missing), soundMs: killedMs - Math.max(...soundEnds) };
}

/** Returns the index of the last sent picture that is shown. A busy network may lose some, up to a keyframe. */
function indexOfLast(shown: readonly (number | null)[]): number {
  const { sent } = publisher;
  const indexOf = new Map(sent.map(({ epochMs }, i) => [epochMs, i]));
  const indexes = shown.map((burntMs) => indexOf.get(burntMs ?? 0) ?? NaN);
  for (const [i, index] of indexes.slice(1).entries()) {
    const before = indexes[i] ?? NaN;
    const isNext = index === before + 1 || index === before; // two pictures may be drawn within a millisecond
    expect(isNext || sent.slice(before + 1, index + 1).some(({ isKey }) => isKey)).toBe(true);
  }
  return indexes.at(-1) ?? NaN;
}

function soundEndMs(destination: string, { uri, fromMs, completeBytes }: PlaylistEntry): number {
  const segment = readFileSync(join(destination, uri)).subarray(0, completeBytes ?? undefined);
  const pictures = readSamples(segment, 1);
  const lastSound = readSamples(segment, 2).at(-1);
  if (completeBytes !== null) expect(segment).toHaveLength(completeBytes);
  expect(pictures[0]?.isKey).toBe(true);
  if (lastSound === undefined) return 0;
  const end = (lastSound.decodeTime + lastSound.duration) / OPUS_RATE;
  return fromMs + (end - (pictures[0]?.decodeTime ?? 0) / VIDEO_RATE) * 1000;
}

function distribution(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (fraction: number) => sorted[Math.ceil(fraction * sorted.length) - 1]?.toFixed(0);
  return `median ${at(0.5)}, 95 % ${at(0.95)}, 99 % ${at(0.99)}, most ${at(1)}`;
}

it(
  'leaves all that was written a second ago readable, whenever its process is killed',
  async () => {
    const names = Array.from({ length: KILLS }, (_, i) => `session-${i}`);
    const losses: Loss[] = [];
    while (names.length > 0) {
      const waves = Array.from({ length: PROCESSES_AT_ONCE }, () => names.splice(0, RECORDINGS_PER_PROCESS));
      losses.push(...(await Promise.all(waves.map(recordAndKill))).flat());
    }
    expect(losses).toHaveLength(KILLS);
    const [pictures, sounds] = [
      losses.map(({ pictureMs }) => pictureMs),
      losses.map(({ soundMs }) => soundMs),
    ];
    process.stdout.write(
      `${KILLS} recordings killed, ms lost\npictures: ${distribution(pictures)}\nsound: ${distribution(sounds)}\n`,
    );
    const most = allowance(1000, 3000);
    expect(losses.filter((loss) => Math.max(loss.pictureMs, loss.soundMs) > most)).toEqual([]);
  },
  60_000 + KILLS * 5000,
);
