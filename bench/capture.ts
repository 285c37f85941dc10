// This benchmark measures what a capture costs: the time from the press to the first picture in a browser, and the cost of the
// file compared with ffmpeg, with the usual pipeline of copies, and with the minimum, which is to copy and hash all bytes once.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openDatabase } from '@hindsight/db/database';
import { openOwnServer } from '@hindsight/db/own-server/own-server';
import type { SyntheticPiece, SyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import { openVideoPage } from '@hindsight/rig/browsers/video-page';
import { openCaptureStage, type Capturer, type CaptureStage } from '@hindsight/server/testing/capture-stage';
import { GiB, MINUTE, SECOND } from '@hindsight/shared/units';
import { cutClip, type TrimCost } from './capture/cut-costs.ts';
import type { ServerPlace } from './capture/server-process.ts';
import {
  CAT_AND_HASH,
  FFMPEG_AND_HASH,
  measure,
  OURS,
  WAYS_TO_FILE,
  type Cost,
  type WayToFile,
} from './capture/ways-to-file.ts';
import { captureBesideRecordings, type LoadFigures } from './capture/captures-beside-recordings.ts';
import { coldPresses, warmPresses, type Moments } from './capture/press-times.ts';
import type { Wanted } from './capture/server-process.ts';
import { CaptureServer } from './capture/capture-server.ts';
import { upgradeSound } from './capture/sound-costs.ts';
import { median } from './figures.ts';
import { appendIndexes } from './capture/indexed-pieces.ts';

const run = promisify(execFile);

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const CAPTURES_AT_ONCE = 10;
const LOAD_MINUTES = 1;
const DURATION_MS = 10 * MINUTE;
const MEDIA = {
  durationMs: DURATION_MS,
  /** The media is encoded once and repeated, because the content of the pictures does not matter here. */
  loopMs: 20 * SECOND,
  bitrateBps: 6_000_000,
  width: 1920,
  height: 1080,
  framesPerSecond: 30,
};

function load(): string {
  return `load ${loadavg()[0]?.toFixed(1)}`;
}

/** Prepares ten people who have shared for the same time, with the same media. */
async function prepare(
  stage: CaptureStage,
): Promise<{ capturers: Capturer[]; session: SyntheticSession; endMs: number }> {
  const startMs = Date.now() - DURATION_MS;
  const first = await stage.createCapturer();
  const recorded = await stage.record(first, { ...MEDIA, startMs });
  const session = { ...recorded, pieces: await appendIndexes(recorded.pieces) };
  const capturers = [first];
  while (capturers.length < CAPTURES_AT_ONCE) {
    const capturer = await stage.createCapturer();
    const { segmentPath } = await stage.createSession(capturer, { startMs, endMs: startMs + DURATION_MS });
    await mkdir(join(stage.bufferDir, segmentPath), { recursive: true });
    await cp(session.dir, join(stage.bufferDir, segmentPath), { recursive: true });
    capturers.push(capturer);
  }
  return { capturers, session, endMs: startMs + DURATION_MS };
}

async function benchFiles(pieces: readonly SyntheticPiece[], directory: string): Promise<void> {
  const clipBytes = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
  console.log(
    `The file of 10 min, ${(clipBytes / 1e6).toFixed(0)} MB in ${pieces.length} pieces (${load()}):\n`,
  );
  const costs = new Map<WayToFile, Cost[]>(WAYS_TO_FILE.map((way) => [way, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [way, known] of costs) {
      const scratch = await mkdtemp(join(directory, 'scratch-'));
      known.push(await measure(() => way.make(pieces, scratch)));
      await rm(scratch, { recursive: true });
    }
  }
  const ms = (way: WayToFile) => median(costs.get(way)?.map((cost) => cost.ms) ?? []);
  console.log('| | time | of the least | bytes written per clip byte |\n| --- | ---: | ---: | ---: |');
  for (const [way, known] of costs) {
    const bytes = median(known.map((cost) => cost.writtenBytes)) / clipBytes;
    const times = `${ms(way).toFixed(0)} ms | ${(ms(way) / ms(CAT_AND_HASH)).toFixed(2)}x`;
    console.log(`| ${way.name} | ${times} | ${bytes.toFixed(3)} |`);
  }
  console.log(`\nours takes ${(ms(OURS) / ms(FFMPEG_AND_HASH)).toFixed(2)}x of ffmpeg's time`);
}

/** Measures what it takes to give a clip sound that every player supports. */
async function benchSound(pieces: readonly SyntheticPiece[], directory: string): Promise<void> {
  const costs = await upgradeSound(pieces, directory, ROUNDS);
  const clipBytes = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
  const shown = (name: string, known: readonly Cost[]) => {
    const bytes = median(known.map(({ writtenBytes }) => writtenBytes)) / clipBytes;
    console.log(`| ${name} | ${median(known.map(({ ms }) => ms)).toFixed(0)} ms | ${bytes.toFixed(3)} |`);
  };
  console.log(
    `\nSound as AAC, 10 min (${load()}):\n\n| | time | bytes written per clip byte |\n| --- | ---: | ---: |`,
  );
  shown('ours: encode, lay out, file + SHA-256', costs.ours);
  shown('  of it encoding, as ffmpeg has to', costs.encoding);
  shown('ffmpeg encodes and copies, + SHA-256', costs.ffmpeg);
}

/** Measures what it takes to cut a clip exactly, where only the pictures before a keyframe have to be encoded. */
async function benchCuts(pieces: readonly SyntheticPiece[], directory: string): Promise<void> {
  const { trim, exactStart } = await cutClip(pieces, directory);
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(`\nA trim of 5 min out of 10 min (${load()}):\n`);
  console.log('| | time | pictures encoded | file |\n| --- | ---: | ---: | ---: |');
  const row = (name: string, { ms, encodedBytes, fileBytes }: TrimCost) =>
    console.log(`| ${name} | ${ms.toFixed(0)} ms | ${mb(encodedBytes)} | ${mb(fileBytes)} |`);
  row('ours: encode up to the first keyframe, copy the others', trim.copied);
  row('ffmpeg encodes all', trim.whole);
  const { pictures, ms, encodedBytes } = exactStart;
  console.log(`\nours takes ${(trim.copied.ms / trim.whole.ms).toFixed(3)}x of ffmpeg's time`);
  console.log(
    `an exact start for a clip: ${pictures} pictures, ${mb(encodedBytes)}, in ${ms.toFixed(0)} ms on one processor`,
  );
}

/** Measures what it would cost to index the segments at the press, in a process that has just been started. */
async function benchIndex(pieces: readonly SyntheticPiece[]): Promise<void> {
  const inMemory: number[] = [];
  const onDisk: number[] = [];
  const again: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const figures of [inMemory, onDisk]) {
      if (figures === onDisk) await forget(pieces);
      await using server = new CaptureServer();
      figures.push((await server.tell({ type: 'lay-out', pieces }, 'laid-out')).ms);
      if (figures === inMemory) again.push((await server.tell({ type: 'lay-out', pieces }, 'laid-out')).ms);
    }
  }
  const shown = [inMemory, again, onDisk].map((figures) => `${median(figures).toFixed(0)} ms`);
  console.log(
    `\nindex and layout of 10 min: ${shown[0]} in a new process, ${shown[1]} the second time, ${shown[2]} when the pieces are on disk only`,
  );
}

/** Removes the segments from the page cache, see dd(1). */
async function forget(pieces: readonly SyntheticPiece[]): Promise<void> {
  const drop = 'sync; for f in "$@"; do dd if="$f" iflag=nocache count=0 status=none; done';
  await run('sh', ['-c', drop, 'sh', ...pieces.map(({ path }) => path)]);
}

/** A clip may start up to four seconds behind the keyframe from which it is decoded; this is half of that. */
const LEAD_IN_MS = 2000;

/**
 * Measures the presses of one person. The buffer ends at `endMs` and consists of whole segments, so that the ranges of the
 * buttons begin with a keyframe.
 */
async function benchPresses(place: ServerPlace, capturer: Capturer, endMs: number): Promise<void> {
  // The page does nothing but show videos, which come from other servers.
  const site = createServer((_, response) => response.setHeader('content-type', 'text/html').end());
  await once(site.listen(0, '127.0.0.1'), 'listening');
  const { port } = site.address() as AddressInfo;
  await using page = await openVideoPage(`http://127.0.0.1:${port}`);
  console.log(`\nFrom the press, ms (${load()}):\n`);
  console.log('| | accepted | READY | first byte | first picture |\n| --- | ---: | ---: | ---: | ---: |');
  const from = new Date(endMs - MINUTE + LEAD_IN_MS).toISOString();
  const presses: [string, Wanted][] = [
    ['1 min', { lastMinutes: 1 }],
    ['10 min', { lastMinutes: 10 }],
    ['1 min, 2 s behind a keyframe', { from, to: new Date(endMs).toISOString() }],
  ];
  for (const [what, wanted] of presses) {
    const options = { capturer, wanted, page, rounds: ROUNDS };
    const rows: [string, Moments][] = [
      [what, await warmPresses(place, options)],
      [`${what}, server just started`, await coldPresses(place, options)],
    ];
    for (const [name, { accepted, ready, firstByte, firstPicture }] of rows) {
      const cells = [accepted, ready, firstByte, firstPicture].map((ms) => ms.toFixed(0));
      console.log(`| ${name} | ${cells.join(' | ')} |`);
    }
  }
  site.close();
  site.closeAllConnections();
}

async function benchLoad(place: ServerPlace, capturers: readonly Capturer[]): Promise<void> {
  const { quiet, capturing } = await captureBesideRecordings(place, capturers, LOAD_MINUTES);
  console.log(`\n${CAPTURES_AT_ONCE} captures beside ${CAPTURES_AT_ONCE} recordings (${load()}):\n`);
  console.log(
    '| | s | event loop waits ms: p50 | p99 | most | recordings | degraded | lost packets | hole ms |',
  );
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  const row = (name: string, figures: LoadFigures) => {
    const { p50Ms, p99Ms, maxMs } = figures.delay;
    const cells = [
      ...[figures.seconds.toFixed(1), ...[p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1))],
      ...[figures.running, figures.degraded, figures.lostPackets].map(String),
      figures.longestHoleMs.toFixed(0),
    ];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  };
  row('recordings alone', quiet);
  row('with captures', capturing);
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'hindsight-bench-'));
  const postgres = await openOwnServer(join(directory, 'postgres'));
  try {
    const cpu = cpus();
    const machine = `${cpu.length} x ${cpu[0]?.model.trim()}, ${(totalmem() / GiB).toFixed(0)} GiB`;
    console.log(`${machine}, Node ${process.version}, ${load()}; medians of ${ROUNDS}\n`);
    const place = { directory, databaseUrl: postgres.url };
    const database = await openDatabase(postgres.url);
    const stage = await openCaptureStage({ directory, database, quotaBytes: 100 * GiB });
    const { capturers, session, endMs } = await prepare(stage);
    await stage.close();
    await benchFiles(session.pieces, directory);
    await benchIndex(session.pieces);
    const [first] = capturers;
    // This must happen within ten minutes of the end of the shares, and the benchmarks after it take longer.
    if (first !== undefined) await benchPresses(place, first, endMs);
    await benchLoad(place, capturers);
    await benchSound(session.pieces, directory);
    await benchCuts(session.pieces, directory);
  } finally {
    await postgres.close();
    await rm(directory, { recursive: true });
  }
}

await main();
// werift keeps sockets of the publisher open.
process.exit();
