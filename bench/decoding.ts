// This benchmark records the same share at the same time with the recorder and with the usual alternative (LiveKit's SDK for
// Node decodes it, ffmpeg encodes it with libx264 veryfast). It prints CPU and memory of each, and how old the newest readable
// picture is. A real browser shares (720p15, about 2 Mbit/s of noise).
import { fork } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { burntClock } from '@hindsight/rig/media/clip-probe';
import { startLivekit, type LivekitRig } from '@hindsight/rig/servers/livekit';
import { startSharer } from '@hindsight/rig/browsers/sharer';
import { RecorderProcess } from '@hindsight/recorder/testing/recorder-process';
import { MiB, SECOND } from '@hindsight/shared/units';
import { AccessToken } from 'livekit-server-sdk';
import type { DecodingTask } from './recording/decoding-process.ts';
import { median } from './figures.ts';
import { cpuMsOf } from './recording/publishers.ts';

const ROOM = 'bench';
const MEASURE_MS = Number(process.env['BENCH_SECONDS'] ?? 60) * SECOND;
const LOOKS = 3;
const WARM_UP_MS = 10 * SECOND;
const SEGMENT_MS = 4 * SECOND;
/** Noise of this size makes headless Chromium send about 2 Mbit/s. */
const MOTION_PX = 260;

interface Decoding {
  pids: number[];
  close(): void;
}

async function startDecoding({ url, apiKey, apiSecret }: LivekitRig, directory: string): Promise<Decoding> {
  const token = new AccessToken(apiKey, apiSecret, { identity: 'decoder', ttl: '1h' });
  token.addGrant({ room: ROOM, roomJoin: true, hidden: true, canPublish: false, canSubscribe: true });
  const child = fork(new URL('./recording/decoding-process.ts', import.meta.url), { stdio: 'inherit' });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('message', (ffmpegPid: number) => resolve(ffmpegPid));
  child.once('exit', (code) => reject(new Error(`the decoding process ended with code ${code}`)));
  const jwt = await token.toJwt();
  const task: DecodingTask = { livekitUrl: url, token: jwt, directory, segmentSeconds: SEGMENT_MS / SECOND };
  child.send(task);
  const ffmpegPid = await promise;
  return { pids: [child.pid ?? 0, ffmpegPid], close: () => child.disconnect() };
}

/** Returns the resident memory of a process, in bytes (proc(5): `VmRSS`). */
function rssBytesOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** Returns the age of the newest picture that can be read now, in ms. */
async function newestAgeMs(directory: string, copy: string): Promise<number> {
  const atMs = Date.now();
  cpSync(directory, copy, { recursive: true });
  const playlist = join(copy, 'full.m3u8');
  appendFileSync(playlist, '#EXT-X-ENDLIST\n');
  const frames = await burntClock(playlist);
  rmSync(copy, { recursive: true });
  return atMs - (frames.findLast(({ burntMs }) => burntMs !== null)?.burntMs ?? Number.NaN);
}

const directory = mkdtempSync(join(tmpdir(), 'bench-decoding-'));
const folders = { ours: join(directory, 'ours'), theirs: join(directory, 'theirs') };
mkdirSync(folders.theirs);
const livekit = await startLivekit();
const sharer = await startSharer({ livekit, room: ROOM, identity: 'sharer', motionPx: MOTION_PX });
const { url: livekitUrl, apiKey, apiSecret } = livekit;
const { identity, videoTrackSid, audioTrackSid } = sharer;
const recorder = await RecorderProcess.start({
  recorder: { livekitUrl, apiKey, apiSecret, segmentMs: SEGMENT_MS },
  requests: [
    {
      ...{ sessionId: 'bench', room: ROOM, identity, videoTrackSid, audioTrackSid },
      quality: '720p',
      destination: folders.ours,
    },
  ],
});
const decoding = await startDecoding(livekit, folders.theirs);
try {
  await sleep(WARM_UP_MS);
  const ways = [
    { name: 'the recorder', pids: [recorder.pid], folder: folders.ours },
    { name: '@livekit/rtc-node and ffmpeg', pids: decoding.pids, folder: folders.theirs },
  ];
  const cpuMs = (): number[] => ways.map(({ pids }) => pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0));
  const [startedMs, from] = [performance.now(), cpuMs()];
  await sleep(MEASURE_MS);
  const [elapsedMs, to] = [performance.now() - startedMs, cpuMs()];
  const rss = ways.map(({ pids }) => pids.reduce((sum, pid) => sum + rssBytesOf(pid), 0));

  const ages: [number[], number[]] = [[], []];
  for (let i = 0; i < LOOKS; i++) {
    await sleep(1370);
    await recorder.flush(0);
    ages[0].push(await newestAgeMs(folders.ours, join(directory, 'copy')));
    ages[1].push(await newestAgeMs(folders.theirs, join(directory, 'copy')));
  }
  const cores = ways.map((_, i) => ((to[i] ?? 0) - (from[i] ?? 0)) / elapsedMs);
  const load = loadavg()[0]?.toFixed(1);
  console.log(`${cpus().length} cores (${cpus()[0]?.model.trim()}), load ${load}\n`);
  console.log('| way | cores | RSS MiB | age of the newest picture ms (median) |');
  console.log('| --- | ----: | ------: | ------------------------------------: |');
  for (const [i, { name }] of ways.entries()) {
    const cells = [
      name,
      cores[i]?.toFixed(3),
      ((rss[i] ?? 0) / MiB).toFixed(0),
      median(ages[i] ?? []).toFixed(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  const ratio = ([ours = 1, theirs = 0]: number[]): string => (theirs / ours).toFixed(1);
  console.log(
    `\nCPU ${ratio(cores)} times, memory ${ratio(rss)} times, age ${ratio(ages.map(median))} times`,
  );
} finally {
  decoding.close();
  await recorder.stop();
  await sharer.close();
  await livekit.stop();
  rmSync(directory, { recursive: true });
}
