// This benchmark measures what many recordings cost one process: distinct shares from synthetic publishers send real RTP
// through a real livekit-server. `node recordings.ts` prints a row each for 1, 10 and 30 of them; `node recordings.ts soak`
// records two for an hour (BENCH_MINUTES, BENCH_SHARES) and prints what grows. `node recordings.ts mediamtx` prints the CPU time of
// each Mbit in turns with MediaMTX, a native recorder, which is built with Go. `BASE=<a checkout> node recordings.ts base` prints what
// recordings cost in turns with those of another version of this repository, whose packages are installed. BENCH_RECORDINGS=1,30
// has other rows.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLivekit, type LivekitRig } from '@hindsight/rig/servers/livekit';
import { RecorderProcess, type RecorderSample } from '@hindsight/recorder/testing/recorder-process';
import { GiB, HOUR, MiB, MINUTE, SECOND } from '@hindsight/shared/units';
import { median, percentile, slopePer } from './figures.ts';
import { MEDIAMTX_VERSION, recordWithMediamtx } from './recording/mediamtx.ts';
import { childPids, cpuMsOf, startPublishers } from './recording/publishers.ts';

const ROWS = (process.env['BENCH_RECORDINGS'] ?? '1,10,30').split(',').map(Number);
const MEASURE_MS = Number(process.env['BENCH_SECONDS'] ?? 30) * SECOND;
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SOAK_MS = Number(process.env['BENCH_MINUTES'] ?? 60) * MINUTE;
const SOAK_SHARES = Number(process.env['BENCH_SHARES'] ?? 2);
const WARM_UP_MS = 5 * SECOND;
/** A thread that records for days is compiled and its memory has settled, which takes this long. */
const SETTLE_MS = 12 * SECOND;
const SOAK_WARM_UP_MS = Math.min(5 * MINUTE, SOAK_MS / 4);
const SOAK_SAMPLE_MS = 10 * SECOND;
const SOAK_PRINT_MS = 5 * MINUTE;
/** So many presses make what was received readable, one every so often. */
const PRESSES = 40;
const PRESS_EVERY_MS = 73;
/** The server keeps this much of a share. */
const KEEP_MS = 12 * MINUTE;
const SEGMENT_MS = 4 * SECOND;

interface Scene {
  livekit: LivekitRig;
  directory: string;
  /** The CPU time covers livekit-server and the publishers together, in ms. */
  othersCpuMs(): number;
  record(options?: { keepMs?: number; process?: typeof RecorderProcess }): Promise<RecorderProcess>;
}

/** Runs `play` with shares from another process and a folder for their recordings. */
async function withShares(count: number, play: (scene: Scene) => Promise<void>): Promise<void> {
  const before = childPids();
  const livekit = await startLivekit();
  const livekitPids = childPids().filter((pid) => !before.includes(pid));
  const publishers = await startPublishers({ livekit, shares: count });
  const directory = mkdtempSync(join(tmpdir(), 'bench-recordings-'));
  const { url: livekitUrl, apiKey, apiSecret } = livekit;
  const others = [...livekitPids, publishers.pid];
  try {
    await play({
      livekit,
      directory,
      othersCpuMs: () => others.reduce((sum, pid) => sum + cpuMsOf(pid), 0),
      record: ({ keepMs, process = RecorderProcess } = {}) =>
        process.start({
          recorder: { livekitUrl, apiKey, apiSecret, segmentMs: SEGMENT_MS },
          requests: publishers.shares.map((share, i) => ({
            ...share,
            sessionId: `${i}`,
            quality: '720p',
            destination: join(directory, `${i}`),
          })),
          keepMs,
        }),
    });
  } finally {
    publishers.close();
    await livekit.stop();
    rmSync(directory, { recursive: true });
  }
}

async function row(recordings: number): Promise<void> {
  await withShares(recordings, async ({ othersCpuMs, record }) => {
    const unrecorded = await coresOf(othersCpuMs, MEASURE_MS / 3);
    const recorder = await record();
    await sleep(WARM_UP_MS);
    const from = await recorder.sample();
    const recorded = await coresOf(othersCpuMs, MEASURE_MS);
    const to = await recorder.sample();
    const flushMs = await recorder.flush(0);
    await recorder.stop();

    const elapsedMs = to.atMs - from.atMs;
    const cores = (to.cpuMs - from.cpuMs) / elapsedMs;
    const mediaBytes = to.segmentBytes - from.segmentBytes;
    const cells = [
      `${recordings}`,
      (cores / recordings).toFixed(4),
      cores.toFixed(3),
      (to.rssBytes / MiB).toFixed(0),
      `${to.thread.delay.medianMs.toFixed(1)} / ${to.thread.delay.p99Ms.toFixed(1)} / ${to.thread.delay.maxMs.toFixed(0)}`,
      flushMs.toFixed(1),
      ((mediaBytes * 8) / 1e3 / elapsedMs).toFixed(1),
      ((to.writtenBytes - from.writtenBytes) / mediaBytes).toFixed(3),
      `${to.losses.lostPackets - from.losses.lostPackets}`,
      `${unrecorded.toFixed(2)} / ${recorded.toFixed(2)}`,
      loadavg()[0]?.toFixed(1) ?? '',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  });
}

async function coresOf(cpuMs: () => number, ms: number): Promise<number> {
  const [from, startedMs] = [cpuMs(), performance.now()];
  await sleep(ms);
  return (cpuMs() - from) / (performance.now() - startedMs);
}

interface Cost {
  cpuMsPerMbit: number;
  rssBytes: number;
  lateMs: number;
  /** 95 % of presses have what was received readable within this time. */
  pressMs: number;
  lostPackets: number;
}

/** Returns what recordings cost for what they store. @param process a recorder, of this or of another version */
async function costOf(recordings: number, process = RecorderProcess): Promise<Cost> {
  let cost: Cost | undefined;
  await withShares(recordings, async ({ record }) => {
    const recorder = await record({ process });
    await sleep(SETTLE_MS);
    const from = await recorder.sample();
    await sleep(MEASURE_MS);
    const to = await recorder.sample();
    const presses: number[] = [];
    for (let press = 0; press < PRESSES; press++) {
      await sleep(PRESS_EVERY_MS);
      presses.push(await recorder.flush(press % recordings));
    }
    await recorder.stop();
    cost = {
      cpuMsPerMbit: (to.cpuMs - from.cpuMs) / mbit(to.segmentBytes - from.segmentBytes),
      rssBytes: to.rssBytes,
      lateMs: to.thread.delay.p99Ms,
      pressMs: percentile(presses, 0.95),
      lostPackets: to.losses.lostPackets - from.losses.lostPackets,
    };
  });
  if (cost === undefined) throw new Error('nothing was measured');
  return cost;
}

/** Prints what recordings cost in turns with those of the checkout at `base`. */
async function besideBase(base: string): Promise<void> {
  const program = join(base, 'packages/recorder/src/testing/recorder-process.ts');
  const former: typeof RecorderProcess = (await import(program)).RecorderProcess;
  console.log(
    '| recordings | CPU ms for each Mbit: base | now | ratio | RSS MiB: base | now | late by ms (99 %): base | now | a press waits ms (95 %): base | now | lost: base | now | load |',
  );
  console.log('|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|');
  const rss: { base: number; now: number }[] = [];
  for (const recordings of ROWS) {
    const rounds: { base: Cost; now: Cost }[] = [];
    for (let round = 0; round < ROUNDS; round++)
      rounds.push({ base: await costOf(recordings, former), now: await costOf(recordings) });
    const middle = (side: 'base' | 'now', of: keyof Cost): number =>
      median(rounds.map((each) => each[side][of]));
    rss.push({ base: middle('base', 'rssBytes'), now: middle('now', 'rssBytes') });
    const both = (of: keyof Cost, unit: number, digits: number): string[] =>
      (['base', 'now'] as const).map((side) => (middle(side, of) / unit).toFixed(digits));
    const cells = [
      `${recordings}`,
      ...both('cpuMsPerMbit', 1, 2),
      `${median(rounds.map(({ base: before, now }) => now.cpuMsPerMbit / before.cpuMsPerMbit)).toFixed(2)}x`,
      ...both('rssBytes', MiB, 0),
      ...both('lateMs', 1, 1),
      ...both('pressMs', 1, 1),
      ...both('lostPackets', 1, 0),
      loadavg()[0]?.toFixed(1) ?? '',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  const each = (side: 'base' | 'now'): number => (rss.at(-1)?.[side] ?? NaN) - (rss[0]?.[side] ?? NaN);
  console.log(`\nRSS of each further recording: ${(each('now') / each('base')).toFixed(2)}x`);
}

async function mediamtxMsPerMbit(recordings: number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-mediamtx-'));
  try {
    const mediamtx = await recordWithMediamtx(directory, recordings);
    await sleep(WARM_UP_MS);
    const from = { cpuMs: mediamtx.cpuMs(), bytes: await mediamtx.storedBytes() };
    await sleep(MEASURE_MS);
    const to = { cpuMs: mediamtx.cpuMs(), bytes: await mediamtx.storedBytes() };
    await mediamtx.stop();
    return (to.cpuMs - from.cpuMs) / mbit(to.bytes - from.bytes);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const mbit = (bytes: number): number => (bytes * 8) / 1e6;

async function besideMediamtx(): Promise<void> {
  console.log(`| recordings | ours: CPU ms for each Mbit | MediaMTX ${MEDIAMTX_VERSION} | ratio | load |`);
  console.log('|---:|---:|---:|---:|---:|');
  for (const recordings of ROWS) {
    const own: number[] = [];
    const native: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      own.push((await costOf(recordings)).cpuMsPerMbit);
      native.push(await mediamtxMsPerMbit(recordings));
    }
    const cells = [
      `${recordings}`,
      ...[own, native].map((values) => median(values).toFixed(1)),
      `${(median(own) / median(native)).toFixed(2)}x`,
      loadavg()[0]?.toFixed(1) ?? '',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

async function soak(): Promise<void> {
  await withShares(SOAK_SHARES, async ({ record }) => {
    const recorder = await record({ keepMs: KEEP_MS });
    const startedMs = Date.now();
    const samples: RecorderSample[] = [];
    console.log(`${SOAK_SHARES} recordings for ${SOAK_MS / MINUTE} minutes\n`);
    console.log(
      '| minutes | RSS MiB | in use by the thread MiB | handles | recorded MB | lost packets | load |',
    );
    console.log(
      '| ------: | ------: | -----------------------: | ------: | ----------: | -----------: | ---: |',
    );
    for (let nextPrintMs = SOAK_PRINT_MS; Date.now() - startedMs < SOAK_MS;) {
      await sleep(SOAK_SAMPLE_MS);
      const sample = await recorder.sample({ collectsGarbage: true });
      const elapsedMs = sample.atMs - startedMs;
      if (elapsedMs > SOAK_WARM_UP_MS) samples.push(sample);
      if (elapsedMs < nextPrintMs) continue;
      nextPrintMs += SOAK_PRINT_MS;
      printSoak(sample, elapsedMs);
    }
    await recorder.stop();
    const slope = (of: (sample: RecorderSample) => number): string =>
      slopePer(
        HOUR,
        samples.map((sample) => [sample.atMs, of(sample)]),
      ).toFixed(2);
    console.log(
      `\nper hour, after the first ${SOAK_WARM_UP_MS / MINUTE} minutes: RSS ${slope(({ rssBytes }) => rssBytes / MiB)} MiB, ` +
        `in use by the thread ${slope(({ thread }) => thread.usedBytes / MiB)} MiB, handles ${slope(({ handles }) => handles)}`,
    );
  });
}

function printSoak(sample: RecorderSample, elapsedMs: number): void {
  const cells = [
    (elapsedMs / MINUTE).toFixed(0),
    (sample.rssBytes / MiB).toFixed(0),
    (sample.thread.usedBytes / MiB).toFixed(1),
    `${sample.handles}`,
    (sample.segmentBytes / 1e6).toFixed(0),
    `${sample.losses.lostPackets}`,
    loadavg()[0]?.toFixed(1) ?? '',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

if (process.argv[2] === 'soak') {
  await soak();
} else if (process.argv[2] === 'base') {
  const base = process.env['BASE'];
  if (base === undefined) throw new Error('BASE names no checkout of this repository to compare with');
  await besideBase(base);
} else if (process.argv[2] === 'mediamtx') {
  await besideMediamtx();
} else {
  console.log(
    `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${(totalmem() / GiB).toFixed(0)} GiB, Linux ${release()}, ` +
      `Node ${process.version}; the publishers and livekit-server run on the same cores.\n`,
  );
  console.log(
    '| recordings | cores each | cores all | RSS MiB | thread late by ms (median / 99 % / most) | flush ms | Mbit/s | bytes written per stored byte | lost packets | cores of publishers and LiveKit (not recorded / recorded) | load |',
  );
  console.log('|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|');
  for (const recordings of ROWS) await row(recordings);
}
