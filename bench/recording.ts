import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { audioDelayMs, beepOnsets, burntClock } from '@hindsight/rig/media/clip-probe';
import { startLivekit } from '@hindsight/rig/servers/livekit';
import { startSharer } from '@hindsight/rig/browsers/sharer';
import { GiB, MiB, SECOND } from '@hindsight/shared/units';
import { median } from './figures.ts';
import type { Result, Task } from './recording/recording-process.ts';

// This benchmark measures what recording costs: CPU and memory of a process that does nothing else, how fresh the buffer is
// after a flush, and how far its clock is from the one that the shared page shows. One real share (720p15, about 2 Mbit/s) is
// recorded 1, 5 and 10 times at once; each recording has its own connection, as if there were as many shares.

const RECORDINGS = [1, 5, 10];
const MEASURE_MS = Number(process.env['BENCH_SECONDS'] ?? 30) * SECOND;
const FLUSHES = 4;
/** Noise of this size makes headless Chromium send about 2 Mbit/s. */
const MOTION_PX = 260;

interface Row extends Result {
  recordings: number;
  bitrateMbps: number;
  freshnessMs: number;
  clockErrorMs: number;
  audioDelayMs: number | null;
}

async function measure(task: Task): Promise<Result> {
  const child = fork(new URL('./recording/recording-process.ts', import.meta.url), { stdio: 'inherit' });
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  child.once('message', (result: Result) => resolve(result));
  child.once('exit', (code) => reject(new Error(`the recording process ended with code ${code}`)));
  child.send(task);
  return promise;
}

/** Reads the result of one recording: its bitrate, and the error of its clock against the one in the picture. */
async function inspect(directory: string, { flushes }: Result) {
  const recording = join(directory, '0');
  const playlist = readFileSync(join(recording, 'full.m3u8'), 'utf8');
  const startMs = Date.parse(/#EXT-X-PROGRAM-DATE-TIME:(.*)/.exec(playlist)?.[1] ?? '');
  const seconds = [...playlist.matchAll(/#EXTINF:(.*),/g)].reduce(
    (sum, [, length]) => sum + Number(length),
    0,
  );
  const files = playlist.match(/^seg_.*$/gm) ?? [];
  const sizeBytes = files.reduce((sum, file) => sum + statSync(join(recording, file)).size, 0);
  const [frames, onsets] = await Promise.all([
    burntClock(join(recording, 'full.m3u8')),
    beepOnsets(join(recording, 'full.m3u8')),
  ]);
  const zeroMs = startMs - (frames[0]?.ptsMs ?? 0);
  const errors = frames.flatMap(({ ptsMs, burntMs }) => (burntMs === null ? [] : [zeroMs + ptsMs - burntMs]));
  const ages: number[] = [];
  for (const [i, { atMs }] of flushes.entries()) {
    const readable = await burntClock(join(directory, `flush-${i}`, 'full.m3u8'));
    ages.push(atMs - (readable.findLast(({ burntMs }) => burntMs !== null)?.burntMs ?? NaN));
  }
  return {
    bitrateMbps: (sizeBytes * 8) / seconds / 1e6,
    freshnessMs: median(ages),
    clockErrorMs: median(errors),
    audioDelayMs: audioDelayMs(frames, onsets),
  };
}

function printRow(row: Row): void {
  const cells = [
    `${row.recordings}`,
    row.cpuPerRecording.toFixed(4),
    (row.cpuPerRecording * row.recordings).toFixed(3),
    (row.rssBytes / MiB).toFixed(0),
    row.bitrateMbps.toFixed(2),
    median(row.flushes.map(({ tookMs }) => tookMs)).toFixed(1),
    row.freshnessMs.toFixed(0),
    row.clockErrorMs.toFixed(0),
    row.audioDelayMs?.toFixed(0) ?? 'none',
    loadavg()[0]?.toFixed(1) ?? '',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

const livekit = await startLivekit();
const sharer = await startSharer({ livekit, room: 'bench', identity: 'sharer', motionPx: MOTION_PX });
try {
  const [cpu] = cpus();
  console.log(
    `${cpus().length} cores (${cpu?.model.trim()}), ${(totalmem() / GiB).toFixed(0)} GiB, Linux ${release()}, Node ${process.version}; ` +
      `the browser and livekit-server run on the same cores.\n`,
  );
  console.log(
    '| recordings | cores each | cores all | RSS MiB | Mbit/s | flush ms | tail age ms | clock error ms | A/V ms | load |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  for (const recordings of RECORDINGS) {
    const directory = mkdtempSync(join(tmpdir(), 'bench-recording-'));
    try {
      const result = await measure({
        recorder: {
          livekitUrl: livekit.url,
          apiKey: livekit.apiKey,
          apiSecret: livekit.apiSecret,
          segmentMs: 4000,
        },
        share: {
          room: sharer.room,
          identity: sharer.identity,
          videoTrackSid: sharer.videoTrackSid,
          audioTrackSid: sharer.audioTrackSid,
        },
        recordings,
        directory,
        measureMs: MEASURE_MS,
        flushes: FLUSHES,
      });
      printRow({ recordings, ...result, ...(await inspect(directory, result)) });
    } finally {
      rmSync(directory, { recursive: true });
    }
  }
} finally {
  await sharer.close();
  await livekit.stop();
}
