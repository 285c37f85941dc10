// Exports of a clip beside ffmpeg itself, in turns: for chat beside two passes to the same size, and an upright crop beside one pass.
// It prints CPU seconds and how alike the pictures are (SSIM, beside a slower preset), and how many of many short clips came out
// larger than their limit.
// `node export.ts beside` makes three exports at once beside a recording, and says what that loses.
// BENCH_SECONDS is the length of the clip (60), BENCH_ROUNDS how often the ways take turns (3), BENCH_CLIPS the number of short
// clips (200).

import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMovieTracks } from '@hindsight/mp4/tables/movie-tracks';
import { runFfmpeg } from '@hindsight/rig/media/run-ffmpeg';
import { createExportMaker } from '@hindsight/server/exports/make/export-maker';
import { clipFacts } from '@hindsight/server/exports/plan/clip-facts';
import { planExport } from '@hindsight/server/exports/plan/export-plan';
import { createFfmpeg } from '@hindsight/server/ffmpeg/ffmpeg';
import type { ExportOptions } from '@hindsight/shared/clips/export';
import { recordingBeside } from './export/beside-recording.ts';
import { median } from './figures.ts';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 60);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const CLIPS = Number(process.env['BENCH_CLIPS'] ?? 200);
const LIMIT_BYTES = (20_000_000 * SECONDS) / 60;
const SOUND_BPS = 128_000;
const UPRIGHT = { x: 656, y: 0, width: 608, height: 1080 };

const directory = await mkdtemp(join(tmpdir(), 'hindsight-export-bench-'));
const cpuLog = join(directory, 'cpu');
/** This ffmpeg notes what CPU it took, which Node doesn't tell of its children. */
const ffmpegPath = join(directory, 'ffmpeg');
await writeFile(
  ffmpegPath,
  `#!/bin/bash\nTIMEFORMAT='%U %S'\n{ time '${process.env['FFMPEG_PATH'] ?? 'ffmpeg'}' "$@" 2>&3 ; } 3>&2 2>>'${cpuLog}'\n`,
);
await chmod(ffmpegPath, 0o755);
const ffmpeg = createFfmpeg({ ffmpegPath, ffprobePath: 'ffprobe' });
const maker = createExportMaker({ ffmpeg });
const { signal } = new AbortController();

interface Way {
  cpuSeconds: number[];
  seconds: number[];
  path: string;
}

/** Runs something and notes its wall-clock time and its ffmpegs' CPU time. */
async function measured(way: Way, work: () => Promise<string>): Promise<void> {
  await writeFile(cpuLog, '');
  const startedAt = performance.now();
  way.path = await work();
  way.seconds.push((performance.now() - startedAt) / 1000);
  const times = (await readFile(cpuLog, 'utf8')).match(/\d+\.\d+/g) ?? [];
  way.cpuSeconds.push(times.reduce((sum, time) => sum + Number(time), 0));
}

const newWay = (): Way => ({ cpuSeconds: [], seconds: [], path: '' });

async function makeExport(path: string, options: ExportOptions): Promise<string> {
  const movie = await readMovieTracks(path);
  const { size: sizeBytes } = await stat(path);
  const video = movie.find(({ kind }) => kind === 'video');
  const durationMs = Math.round(((video?.end ?? 0) * 1000) / (video?.timescale ?? 1));
  const facts = clipFacts(movie, { durationMs, sizeBytes, separateTracks: 0 });
  const work = planExport(options, facts, { chatLimitBytes: LIMIT_BYTES });
  const { width, height, isOneSize, durationSeconds } = facts;
  return maker.make(work, {
    source: { path, width, height, isOneSize, durationSeconds },
    ...{ movie, facts, signal, report: () => undefined, directory: await mkdtemp(join(directory, 'work-')) },
    separate: { path: '', tracks: [] },
    labels: { title: 'Bench', recordedAtMs: Date.now() },
  });
}

/** Makes what people would make by hand: two passes at the rate that fits. */
async function plainTwoPass(path: string, preset: string, output: string): Promise<string> {
  const videoBps = String(Math.floor((LIMIT_BYTES * 0.985 * 8) / SECONDS - SOUND_BPS));
  const common = ['-c:v', 'libx264', '-preset', preset, '-b:v', videoBps];
  const passes = ['-passlogfile', join(directory, `plain-${preset}`)];
  await plain(['-i', path, ...common, '-pass', '1', ...passes, '-an', '-f', 'null', '/dev/null']);
  const sound = ['-c:a', 'aac', '-b:a', String(SOUND_BPS)];
  await plain(['-i', path, ...common, '-pass', '2', ...passes, ...sound, '-movflags', '+faststart', output]);
  return output;
}

async function plainCrop(path: string, output: string): Promise<string> {
  const { x, y, width, height } = UPRIGHT;
  const video = ['-vf', `crop=${width}:${height}:${x}:${y}`, '-c:v', 'libx264', '-preset', 'veryfast'];
  await plain(['-i', path, ...video, '-crf', '20', '-c:a', 'copy', '-movflags', '+faststart', output]);
  return output;
}

async function plain(args: readonly string[]): Promise<void> {
  const [input = '', ...options] = args.filter((argument) => argument !== '-i');
  await ffmpeg.run(
    {
      inputs: [{ path: input, options: ['-threads', '1'] }],
      outputs: [{ path: options.at(-1) ?? '', options: options.slice(0, -1) }],
    },
    { timeoutMs: 3_600_000, signal, isBackground: true },
  );
}

async function ssim(path: string, source: string): Promise<number> {
  const graph = '[0:v]scale=1920:1080,setpts=PTS-STARTPTS[a];[1:v]setpts=PTS-STARTPTS[b];[a][b]ssim';
  const { stderr } = await runFfmpeg(['-i', path, '-i', source, '-lavfi', graph, '-f', 'null', '-']);
  return Number(/SSIM .*All:([\d.]+)/.exec(stderr)?.[1]);
}

/** Makes something like a game: everything moves, and something moves differently over it. */
async function makeSource(
  path: string,
  { seconds, size, bps }: { seconds: number; size: string; bps: number },
) {
  const rate = String(bps);
  await runFfmpeg([
    ...['-y', '-v', 'error', '-f', 'lavfi', '-i', `testsrc2=s=${size}:r=30,rotate=t/7:bilinear=0`],
    ...['-f', 'lavfi', '-i', `testsrc2=s=qcif:r=30`, '-f', 'lavfi', '-i', 'anoisesrc=a=0.1:c=pink:r=48000'],
    ...['-filter_complex', '[0:v][1:v]overlay=x=mod(t*90\\,W):y=mod(t*70\\,H),noise=alls=6:allf=t'],
    ...['-t', String(seconds), '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0'],
    ...['-b:v', rate, '-maxrate', rate, '-bufsize', rate, '-g', '60', '-c:a', 'aac', '-b:a', '128k', path],
  ]);
}

const [cpu] = cpus();
console.log(
  `${cpus().length} x ${cpu?.model.trim()}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`,
);
const given = process.env['BENCH_SOURCE'];
const source = given ?? join(directory, 'source.mp4');
if (given === undefined) await makeSource(source, { seconds: SECONDS, size: '1920x1080', bps: 6_000_000 });

if (process.argv[2] === 'beside') {
  const exports: ExportOptions[] = [
    { kind: 'chat', limitBytes: LIMIT_BYTES },
    { kind: 'crop', crop: UPRIGHT },
    { kind: 'editing', sound: 'aac' },
  ];
  const { seconds, lostPackets, recordedBytes } = await recordingBeside(() =>
    Promise.all(exports.map((options) => makeExport(source, options))),
  );
  console.log(
    `a recording beside 3 exports of ${SECONDS} s: ${lostPackets} packets lost in ${seconds.toFixed(0)} s, ` +
      `${(recordedBytes / 1e6).toFixed(1)} MB recorded (load ${loadavg()[0]?.toFixed(1)})`,
  );
  await rm(directory, { recursive: true });
  process.exit();
}

const [chat, veryfast, crop, onePass] = [newWay(), newWay(), newWay(), newWay()];
for (let round = 0; round < ROUNDS; round++) {
  await measured(chat, () => makeExport(source, { kind: 'chat', limitBytes: LIMIT_BYTES }));
  await measured(veryfast, () => plainTwoPass(source, 'veryfast', join(directory, 'veryfast.mp4')));
  await measured(crop, () => makeExport(source, { kind: 'crop', crop: UPRIGHT }));
  await measured(onePass, () => plainCrop(source, join(directory, 'crop.mp4')));
}
const medium = await plainTwoPass(source, 'medium', join(directory, 'medium.mp4'));
const likeness = { chat: await ssim(chat.path, source), medium: await ssim(medium, source) };
const size = async (path: string) => ((await stat(path)).size / LIMIT_BYTES) * 100;
const ratio = (one: Way, other: Way) => (median(one.cpuSeconds) / median(other.cpuSeconds)).toFixed(2);
const wall = (one: Way, other: Way) => (median(one.seconds) / median(other.seconds)).toFixed(2);

console.log(
  `\nfor chat, ${SECONDS} s of 1080p to ${(LIMIT_BYTES / 1e6).toFixed(1)} MB, medians of ${ROUNDS}:`,
);
console.log(
  `  CPU ${median(chat.cpuSeconds).toFixed(1)} s, two passes ${median(veryfast.cpuSeconds).toFixed(1)} s`,
);
console.log(`  ${ratio(chat, veryfast)} times the CPU, ${wall(chat, veryfast)} times the time`);
console.log(
  `  size ${(await size(chat.path)).toFixed(2)} % of the limit, two passes ${(await size(veryfast.path)).toFixed(2)} %`,
);
console.log(`  SSIM ${likeness.chat.toFixed(4)}, with -preset medium ${likeness.medium.toFixed(4)}`);
console.log(
  `upright: ${ratio(crop, onePass)} times the CPU of one pass, ${wall(crop, onePass)} times the time`,
);

const random = seeded(7);
let [over, far] = [0, 0];
const kept = join(directory, 'short.mp4');
for (let index = 0; index < CLIPS; index++) {
  const seconds = 2 + Math.round(random() * 6);
  const sizes = ['320x180', '480x270', '640x360'];
  const bps = 200_000 + Math.round(random() * 2_000_000);
  await makeSource(kept, { seconds, size: sizes[Math.floor(random() * sizes.length)] ?? '320x180', bps });
  const sourceBytes = (await stat(kept)).size;
  const limitBytes = Math.round(Math.max(sourceBytes * (0.2 + random() * 0.7), seconds * 12_000 + 200_000));
  const made = await makeExport(kept, { kind: 'chat', limitBytes });
  const madeBytes = (await stat(made)).size;
  if (madeBytes > limitBytes) over += 1;
  if (sourceBytes > limitBytes && madeBytes < limitBytes * 0.98) far += 1;
}
console.log(
  `${CLIPS} short clips: ${over} over their limit, ${far} more than 2 % under it although the source is larger`,
);
await rm(directory, { recursive: true });

/** Returns random numbers from 0 to 1, the same each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
