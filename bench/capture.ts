// What a capture costs: from the press to a READY clip, against the pipeline of copies that is usual, and against the least
// that any way of doing it needs, which is to copy the bytes once and to hash them.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { SyntheticPiece } from '@hindsight/e2e/rig/synthetic-buffer';
import { openCaptureStage, type Capturer, type CaptureStage } from '@hindsight/server/capture/testing/stage';
import { createFfmpeg } from '@hindsight/server/capture/ffmpeg';
import { stillsCommand } from '@hindsight/server/capture/ffmpeg-args';
import { GiB, MINUTE, SECOND } from '@hindsight/shared/units';

const run = promisify(execFile);

const ROUNDS = 5;
const ACCEPTED_PER_LENGTH = 40;
const BITRATE_BPS = 6_000_000;
const DURATION_MS = 10 * MINUTE;
/** Encoded once and repeated: what is in the pictures doesn't matter here. */
const LOOP_MS = 20 * SECOND;

interface Cost {
  ms: number;
  writtenBytes: number;
}

/** All bytes that this process and its ended children have handed to write(), see proc(5). */
async function writtenBytes(): Promise<number> {
  const io = await readFile('/proc/self/io', 'utf8');
  return Number(/^wchar: (\d+)$/m.exec(io)?.[1]);
}

async function measure(work: () => Promise<void>): Promise<Cost> {
  const before = await writtenBytes();
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  return { ms, writtenBytes: (await writtenBytes()) - before };
}

function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

const median = (values: readonly number[]) => percentile(values, 0.5);

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The least: every byte copied once, and hashed. */
async function catAndHash(pieces: readonly SyntheticPiece[], directory: string): Promise<void> {
  const path = join(directory, 'cat.mp4');
  const files = [pieces[0]?.initPath ?? '', ...pieces.map((piece) => piece.path)];
  await run('sh', ['-c', 'cat "$@" > "$0"', path, ...files]);
  await sha256(path);
}

/** The usual: copy the segments aside, concatenate them, move the index to the front, hash. */
async function describedPipeline(pieces: readonly SyntheticPiece[], directory: string): Promise<void> {
  const copies = join(directory, 'segments');
  await mkdir(copies);
  const initPath = pieces[0]?.initPath ?? '';
  for (const path of [initPath, ...pieces.map((piece) => piece.path)])
    await copyFile(path, join(copies, basename(path)));
  const entries = pieces.map(
    ({ path, fromMs, toMs }) => `#EXTINF:${(toMs - fromMs) / 1000},\n${basename(path)}`,
  );
  const head = `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI="${basename(initPath)}"`;
  const playlist = join(copies, 'concat.m3u8');
  await writeFile(playlist, `${head}\n${entries.join('\n')}\n#EXT-X-ENDLIST\n`);
  const output = join(directory, 'described.mp4');
  const copy = ['-c', 'copy', '-movflags', '+faststart', output];
  await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', playlist, ...copy]);
  await rm(copies, { recursive: true });
  await sha256(output);
}

/** Ours: from the press until the clip is READY, with its poster, checked and on disk. */
async function capture(stage: CaptureStage, capturer: Capturer): Promise<string> {
  const { clip } = await stage.capture.accept(capturer.user, {
    channelId: capturer.channelId,
    lastMinutes: 10,
    pressedAgoMs: 0,
  });
  const settled = await stage.settled(capturer, clip.id);
  if (settled.status !== 'READY') throw new Error(`the capture failed: ${settled.errorCode}`);
  return clip.id;
}

async function acceptTimes(stage: CaptureStage, capturer: Capturer, minutes: 1 | 10): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < ACCEPTED_PER_LENGTH; i++) {
    const startedAt = performance.now();
    const { clip } = await stage.capture.accept(capturer.user, {
      channelId: capturer.channelId,
      lastMinutes: minutes,
      pressedAgoMs: 0,
    });
    times.push(performance.now() - startedAt);
    await stage.clips.remove(capturer.user.id, clip.id);
  }
  return times;
}

function report(name: string, costs: readonly Cost[], clipBytes: number, least: number): void {
  const ms = median(costs.map((cost) => cost.ms));
  const bytes = median(costs.map((cost) => cost.writtenBytes)) / clipBytes;
  const columns = [`${ms.toFixed(0)} ms`, `${(ms / least).toFixed(2)}x`, `${bytes.toFixed(3)} bytes`];
  console.log(name.padEnd(44), ...columns.map((column) => column.padStart(12)));
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'hindsight-bench-'));
  const stage = await openCaptureStage({ directory, quotaBytes: 100 * GiB });
  try {
    const cpu = cpus();
    const machine = `${cpu.length} x ${cpu[0]?.model.trim()}, ${(totalmem() / GiB).toFixed(0)} GiB`;
    // Our ffmpeg gives way to everything else: on a busy machine it's the load that is measured.
    console.log(`${machine}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`);
    const capturer = await stage.createCapturer();
    const { pieces } = await stage.record(capturer, {
      startMs: Date.now() - DURATION_MS,
      durationMs: DURATION_MS,
      loopMs: LOOP_MS,
      bitrateBps: BITRATE_BPS,
      width: 1920,
      height: 1080,
      framesPerSecond: 30,
    });
    const bufferBytes = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
    console.log(
      `10 min, ${(bufferBytes / 1e6).toFixed(0)} MB in ${pieces.length} segments; medians of ${ROUNDS}\n`,
    );

    const least: Cost[] = [];
    const ours: Cost[] = [];
    const described: Cost[] = [];
    const stills: Cost[] = [];
    const ffmpeg = createFfmpeg({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
    let clipBytes = bufferBytes;
    for (let round = 0; round < ROUNDS; round++) {
      const scratch = await mkdtemp(join(directory, 'scratch-'));
      least.push(await measure(() => catAndHash(pieces, scratch)));
      described.push(await measure(() => describedPipeline(pieces, scratch)));
      let clipId = '';
      ours.push(await measure(async () => void (clipId = await capture(stage, capturer))));
      clipBytes = (await stage.clips.get(capturer.user.id, clipId)).sizeBytes;
      const posters = { headPath: join(scratch, 'head.jpg'), tailPath: join(scratch, 'tail.jpg') };
      const command = stillsCommand(stage.videoPath(capturer, clipId), posters);
      const { signal } = new AbortController();
      stills.push(await measure(() => ffmpeg.run(command, { timeoutMs: MINUTE, signal })));
      await rm(scratch, { recursive: true });
      await stage.clips.remove(capturer.user.id, clipId);
      await stage.deleteRemoved(signal);
    }
    const leastMs = median(least.map((cost) => cost.ms));
    console.log(''.padEnd(44), ...['time', 'of least', 'per byte'].map((title) => title.padStart(12)));
    report('least: cat + SHA-256', least, clipBytes, leastMs);
    report('ours: press to READY', ours, clipBytes, leastMs);
    report('  of it poster and decoding both ends', stills, clipBytes, leastMs);
    report('copy, concat, faststart, SHA-256', described, clipBytes, leastMs);

    console.log('\naccepted (ms)'.padEnd(45), ...['p50', 'p95'].map((title) => title.padStart(12)));
    for (const minutes of [1, 10] as const) {
      const times = await acceptTimes(stage, capturer, minutes);
      const columns = [percentile(times, 0.5), percentile(times, 0.95)].map((ms) =>
        ms.toFixed(1).padStart(12),
      );
      console.log(`${minutes} min`.padEnd(44), ...columns);
    }
  } finally {
    await stage.close();
    await rm(directory, { recursive: true });
  }
}

await main();
