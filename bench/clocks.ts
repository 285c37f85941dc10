// This benchmark measures how correct the times of a recording stay while its publisher's clocks run fast or slow: real RTP and
// real reports go through a real livekit-server. A publisher draws the true time, which is read from the recorded pictures.
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { audioDelayMs, beepOnsets, burntClock } from '@hindsight/rig/media/clip-probe';
import { CLOCK_STRIP } from '@hindsight/recorder/testing/h264-picture';
import { RecordedShare, type RecordedPicture } from '@hindsight/recorder/testing/recorded-share';
import { SECOND } from '@hindsight/shared/units';
import { median } from './figures.ts';

const RECORDED_MS = Number(process.env['BENCH_SECONDS'] ?? 90) * SECOND;

interface Drift {
  name: string;
  ppm: number;
  /** Media clocks count pictures and sound; report clocks time the sender reports. Either or both may drift. */
  isMedia: boolean;
  isReports: boolean;
}

const DRIFTS: Drift[] = [200, -200, 1000, -1000].flatMap((ppm) => [
  { name: 'media clocks', ppm, isMedia: true, isReports: false },
  { name: 'all clocks', ppm, isMedia: true, isReports: true },
]);

/** Returns by how much pictures are listed later than they were drawn, for each second. */
function errorsOverTime(pictures: readonly RecordedPicture[]): number[] {
  const errors = pictures.flatMap(({ wallMs, burntMs }) =>
    burntMs === null ? [] : [{ second: Math.floor(burntMs / SECOND), ms: wallMs - burntMs }],
  );
  const seconds = Map.groupBy(errors, ({ second }) => second);
  return [...seconds.values()].map((some) => median(some.map(({ ms }) => ms)));
}

async function measure({ name, ppm, isMedia, isReports }: Drift): Promise<string> {
  const startMs = Date.now();
  const errorMs = (epochMs: number): number => ((epochMs - startMs) * ppm) / 1e6;
  const share = await RecordedShare.start({
    ...(isMedia ? { mediaErrorMs: errorMs } : {}),
    ...(isReports ? { clockErrorMs: errorMs } : {}),
  });
  try {
    await sleep(RECORDED_MS);
    await share.stop();
    const worstMs = Math.max(...errorsOverTime(await share.pictures()).map(Math.abs));
    const frames = await burntClock(share.playlistFile, CLOCK_STRIP);
    const delayMs = audioDelayMs(frames, await beepOnsets(share.playlistFile)) ?? NaN;
    const alone = Math.abs(errorMs(startMs + RECORDED_MS));
    return `| ${name} | ${ppm} | ${alone.toFixed(0)} | ${worstMs.toFixed(0)} | ${delayMs.toFixed(0)} |`;
  } finally {
    await share.close();
  }
}

console.log(`${RECORDED_MS / SECOND} s each, at a load of ${loadavg()[0]?.toFixed(1)} before`);
console.log('| what drifts | ppm | if nobody followed ms | worst second ms | sound behind picture ms |');
console.log('| ----------- | --: | --------------------: | --------------: | ----------------------: |');
for (const line of await Promise.all(DRIFTS.map(measure))) console.log(line);
console.log(`load ${loadavg()[0]?.toFixed(1)}`);
