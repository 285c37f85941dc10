// What it takes to give a clip away without its hidden beginning, right after the press: how long whoever downloads waits for all of its
// first pictures, beside how long an encoder takes for the first one alone, which is the least that a file encoded as it is read
// could need; and how large the pictures become beside those of the source, as a file with places of fixed sizes would have to
// know beforehand.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { planExactStart } from '@hindsight/mp4/layout/exact-cut';
import { decodedForHead } from '@hindsight/mp4/layout/exact-movie';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';
import { layOutTracks } from '@hindsight/mp4/layout/track-layout';
import { readMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';
import { writeSyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import { createExactStarts } from '@hindsight/server/capture/exact/exact-starts';
import { startMixThreads } from '@hindsight/server/capture/mix/mix-threads';
import { headCommand } from '@hindsight/server/capture/trim/head-args';
import type { ClipVideo } from '@hindsight/server/clips/clip-files';
import { createFfmpeg } from '@hindsight/server/ffmpeg/ffmpeg';
import { createLog } from '@hindsight/server/log';
import { clipVideoKey } from '@hindsight/server/storage/storage-key';
import { SECOND } from '@hindsight/shared/units';
import { median, percentile } from '../figures.ts';
import { layOut } from './ways-to-file.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const SHARES = [
  {
    name: '720p, 15 a second, 2 Mbit/s',
    width: 1280,
    height: 720,
    framesPerSecond: 15,
    bitrateBps: 2_000_000,
  },
  {
    name: '1080p, 30 a second, 6 Mbit/s',
    width: 1920,
    height: 1080,
    framesPerSecond: 30,
    bitrateBps: 6_000_000,
  },
];
const BEHIND_KEYFRAME_MS = [500, 2000, 3400];

const directory = await mkdtemp(join(tmpdir(), 'hindsight-exact-bench-'));
const ffmpeg = createFfmpeg({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
const log = createLog({ level: 'silent' });
const thread = startMixThreads({ log });
const { signal } = new AbortController();
let made = 0;

/** Returns how long it takes until a clip can be given away exactly, in ms. */
async function wholeHead(path: string, sizeBytes: number): Promise<number> {
  const storageKey = clipVideoKey({ id: crypto.randomUUID(), userId: crypto.randomUUID() });
  const starts = createExactStarts({
    objects: { read: async (_key, span) => createReadStream(path, span), downloadUrl: async () => null },
    temp: { makeTempDir: () => mkdtemp(join(directory, 'temp-')) },
    ...{ ffmpeg, thread, log },
  });
  const video: ClipVideo = {
    ...{ storageKey, sizeBytes, etag: String(made++), title: '', createdAt: new Date() },
    ...{ mayHideLeadIn: true, recordedAtMs: 0 },
  };
  const startedAt = performance.now();
  const { file } = await starts.find(video, 60 * SECOND);
  const ms = performance.now() - startedAt;
  if (file.etag === video.etag) throw new Error('there is no exact start');
  await starts.close();
  return ms;
}

/** Returns how long ffmpeg takes until it gives the first picture, in ms, with an encoder that holds none back. */
async function firstPicture(sourcePath: string, command: ReturnType<typeof headCommand>): Promise<number> {
  const [output] = command.outputs;
  const options = (output?.options ?? []).slice(0, -2);
  const input = [...(command.inputs[0]?.options ?? []), '-i', sourcePath];
  const startedAt = performance.now();
  const child = spawn('nice', [
    ...['-n', '10', 'ffmpeg', '-v', 'error', '-nostdin', ...input, ...options],
    ...['-tune', 'zerolatency', '-flush_packets', '1', '-f', 'h264', 'pipe:1'],
  ]);
  await once(child.stdout, 'data');
  const ms = performance.now() - startedAt;
  child.stdout.resume();
  await once(child, 'exit');
  return ms;
}

const [cpu] = cpus();
console.log(`${cpus().length} x ${cpu?.model.trim()}, Node ${process.version}, medians of ${ROUNDS}`);
for (const { name, ...media } of SHARES) {
  const startMs = Date.now() - 60 * SECOND;
  const { pieces } = await writeSyntheticSession({
    ...{ bufferDir: join(directory, name), room: 'r', user: 'u', startMs, durationMs: 20 * SECOND, ...media },
  });
  console.log(`\n${name} (load ${loadavg()[0]?.toFixed(1)})\n`);
  console.log(
    '| behind a keyframe | pictures encoded | all of them | the first one | sizes beside the source’s |',
  );
  console.log('| ---: | ---: | ---: | ---: | --- |');
  for (const behindMs of BEHIND_KEYFRAME_MS) {
    const layout = layOut(pieces, startMs + 4000 + behindMs);
    const path = join(directory, 'clip.mp4');
    await rm(path, { force: true });
    await writeLayout(layout, path, { signal });
    const video = trackOf(await readMovieTracks(path), 'video');
    const cut = planExactStart(video);
    if (cut === null) throw new Error('nothing is hidden');
    const sourcePath = join(directory, 'lead-in.mp4');
    await rm(sourcePath, { force: true });
    await writeLayout(layOutTracks(decodedForHead(video, cut), []), sourcePath, { signal });
    const outputPath = join(directory, 'head.mp4');
    const command = headCommand(sourcePath, { video, cut }, { outputPath, isBackground: true });
    const [whole, first]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      whole.push(await wholeHead(path, layout.sizeBytes));
      first.push(await firstPicture(sourcePath, command));
    }
    await rm(outputPath, { force: true });
    await ffmpeg.run(command, { timeoutMs: 60_000, signal, isBackground: true });
    const head = trackOf(await readMovieTracks(outputPath), 'video');
    const ratios = head.samples
      .slice(1)
      .map(({ sizeBytes }, index) => sizeBytes / (video.samples[cut.first + 1 + index]?.sizeBytes ?? 1));
    const sizes = [0.5, 0.95, 1].map((part) => percentile(ratios, part).toFixed(1)).join(', ');
    console.log(
      `| ${behindMs} ms | ${head.samples.length} | ${median(whole).toFixed(0)} ms | ${median(first).toFixed(0)} ms | median, 95 %, most: ${sizes} |`,
    );
  }
}
await thread.close();
await rm(directory, { recursive: true });
