// What a capture costs: from the press to the first picture in a browser, and its file against what ffmpeg and the usual
// pipeline of copies need, and against the least of any way, which is to copy the bytes once and to hash them.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { openVideoPage, type VideoPage } from '@hindsight/e2e/rig/video-page';
import type { SyntheticPiece } from '@hindsight/e2e/rig/synthetic-buffer';
import { openCaptureStage, type Capturer, type CaptureStage } from '@hindsight/server/capture/testing/stage';
import { planClip } from '@hindsight/server/capture/clip-plan';
import { moovUpperBound, vodPlaylist } from '@hindsight/server/capture/ffmpeg-args';
import { openClipServer } from '@hindsight/server/capture/testing/clip-server';
import { layOutClip, type ClipLayout } from '@hindsight/server/mp4/clip-layout';
import { writeLayout } from '@hindsight/server/mp4/file-copy';
import { GiB, MINUTE, SECOND } from '@hindsight/shared/units';
import { median } from './figures.ts';

const run = promisify(execFile);

const ROUNDS = 5;
const CAPTURES_AT_ONCE = 10;
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

/** What ffmpeg would do: one pass over the pieces where they are, its index in front, and SHA-256. */
async function ffmpegAndHash(pieces: readonly SyntheticPiece[], directory: string): Promise<void> {
  const playlist = join(directory, 'pieces.m3u8');
  const output = join(directory, 'ffmpeg.mp4');
  await writeFile(playlist, vodPlaylist(pieces));
  const moovBytes = String(moovUpperBound({ video: 30 * 600, audio: 50 * 600 }));
  const input = ['-f', 'hls', '-i', playlist, '-c', 'copy'];
  await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...input, '-moov_size', moovBytes, output]);
  await sha256(output);
}

async function layOut(pieces: readonly SyntheticPiece[]): Promise<ClipLayout> {
  const range = { fromMs: pieces[0]?.fromMs ?? 0, toMs: pieces.at(-1)?.toMs ?? 0 };
  const plan = await planClip(pieces, range, () => undefined);
  if (plan === null) throw new Error('there is nothing to plan');
  return layOutClip(plan.runs);
}

/** Ours: index and layout of all pieces, then the file and its SHA-256 in one pass, as fast as it goes. */
async function layOutAndWrite(pieces: readonly SyntheticPiece[], directory: string): Promise<void> {
  const { signal } = new AbortController();
  await writeLayout(await layOut(pieces), join(directory, 'laid-out.mp4'), { signal });
}

interface Moments {
  acceptedMs: number;
  readyMs: number;
  firstByteMs: number;
  firstPictureMs: number;
}

/** From the press on: when it is accepted, when the clip is READY, and when it can be had and seen. */
async function pressAndWatch(
  stage: CaptureStage,
  capturer: Capturer,
  lastMinutes: 1 | 10,
  { origin, page }: { origin: string; page: VideoPage },
): Promise<Moments> {
  const pressedAt = performance.now();
  const since = () => performance.now() - pressedAt;
  const ready = new Promise<number>((resolve) => {
    const stop = stage.events.listen('clip', ({ event }) => {
      if (event.type !== 'changed' || event.clip.status !== 'READY') return;
      stop();
      resolve(since());
    });
  });
  const { clip } = await stage.capture.accept(capturer.user, {
    channelId: capturer.channelId,
    lastMinutes,
    pressedAgoMs: 0,
  });
  const acceptedMs = since();
  const readyMs = await ready;
  const { videoUrl } = await stage.clips.get(capturer.user.id, clip.id);
  const response = await fetch(`${origin}${videoUrl}`, { headers: { range: 'bytes=0-1023' } });
  await response.arrayBuffer();
  const firstByteMs = since();
  const loadedAtMs = since();
  const { pictureMs } = await page.load(videoUrl ?? '');
  await stage.settled(capturer, clip.id);
  await stage.clips.remove(capturer.user.id, clip.id);
  return { acceptedMs, readyMs, firstByteMs, firstPictureMs: loadedAtMs + pictureMs };
}

/** How long the server's own thread was held up at worst while so many captures were made at once. */
async function delayWhileCapturing(
  stage: CaptureStage,
  count: number,
): Promise<{ p99Ms: number; maxMs: number }> {
  const capturers = await Promise.all(Array.from({ length: count }, () => stage.createCapturer()));
  const startMs = Date.now() - 2 * MINUTE;
  for (const capturer of capturers)
    await stage.record(capturer, {
      startMs,
      durationMs: 2 * MINUTE,
      loopMs: LOOP_MS,
      bitrateBps: BITRATE_BPS,
    });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await Promise.all(
    capturers.map(async (capturer) => {
      const { clip } = await stage.captureLastMinute(capturer);
      await stage.settled(capturer, clip.id);
    }),
  );
  delay.disable();
  return { p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6 };
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

    const ways = [
      { name: 'least: cat + SHA-256', make: catAndHash },
      { name: 'ours: layout to file and SHA-256', make: layOutAndWrite },
      { name: '  of it index and layout', make: async () => void (await layOut(pieces)) },
      { name: 'ffmpeg, one pass, then SHA-256', make: ffmpegAndHash },
      { name: 'copy, concat, faststart, SHA-256', make: describedPipeline },
    ].map((way) => ({ ...way, costs: [] as Cost[] }));
    for (let round = 0; round < ROUNDS; round++) {
      for (const { make, costs } of ways) {
        const scratch = await mkdtemp(join(directory, 'scratch-'));
        costs.push(await measure(() => make(pieces, scratch)));
        await rm(scratch, { recursive: true });
      }
    }
    const leastMs = median(ways[0]?.costs.map((cost) => cost.ms) ?? []);
    console.log(''.padEnd(44), ...['time', 'of least', 'per byte'].map((title) => title.padStart(12)));
    for (const { name, costs } of ways) report(name, costs, bufferBytes, leastMs);

    const { close, origin } = await openClipServer(stage, capturer);
    await using page = await openVideoPage(origin);
    const titles = ['accepted', 'READY', 'first byte', 'first picture'];
    console.log('\nfrom the press (ms)'.padEnd(25), ...titles.map((title) => title.padStart(14)));
    for (const minutes of [1, 10] as const) {
      const rounds: Moments[] = [];
      for (let round = 0; round < ROUNDS; round++)
        rounds.push(await pressAndWatch(stage, capturer, minutes, { origin, page }));
      const columns = (['acceptedMs', 'readyMs', 'firstByteMs', 'firstPictureMs'] as const).map((moment) =>
        median(rounds.map((one) => one[moment]))
          .toFixed(0)
          .padStart(14),
      );
      console.log(`${minutes} min`.padEnd(24), ...columns);
    }
    await close();

    const { p99Ms, maxMs } = await delayWhileCapturing(stage, CAPTURES_AT_ONCE);
    console.log(
      `\n${CAPTURES_AT_ONCE} captures at once: the event loop waits ${p99Ms.toFixed(0)} ms (p99), ${maxMs.toFixed(0)} ms (most)`,
    );
  } finally {
    await stage.close();
    await rm(directory, { recursive: true });
  }
}

await main();
