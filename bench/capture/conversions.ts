// This benchmark measures the clips that ffmpeg makes: how fast a share in VP8 (Firefox on Linux and Android) is converted, and what joining
// two recordings of LiveKit Egress costs beside encoding them. `node capture/conversions.ts`; BENCH_SECONDS and BENCH_ROUNDS say how much.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Vp8Payload } from '@hindsight/recorder/codecs/vp8-payload';
import { formatPlaylist, type PlaylistEntry } from '@hindsight/recorder/segments/hls-playlist';
import { SegmentWriter } from '@hindsight/recorder/segments/segment-writer';
import { RECORDED_MEDIA } from '@hindsight/recorder/testing/egress/recorded';
import { segmentPathOf } from '@hindsight/server/buffer/buffer-paths';
import { createSessionBuffers } from '@hindsight/server/buffer/session-buffers';
import { joinSessions } from '@hindsight/server/buffer/timeline';
import { createClipEncoder } from '@hindsight/server/capture/encode/clip-encoder';
import { planClip, type ClipPlan } from '@hindsight/server/capture/plan/clip-plan';
import { createFfmpeg } from '@hindsight/server/ffmpeg/ffmpeg';
import { GiB, SECOND } from '@hindsight/shared/units';
import { median } from '../figures.ts';

const run = promisify(execFile);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 60);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const FRAMES_PER_SECOND = 30;
const CORES = 2;
/** The whole picture moves, with some noise: this is more than most games cost. */
const MOVING_PICTURE = `testsrc2=s=1280x720:r=${FRAMES_PER_SECOND},noise=alls=6:allf=t`;
const VP8 = ['-c:v', 'libvpx', '-b:v', '3M', '-deadline', 'realtime', '-cpu-used', '8', '-g', '120'];
/** The header of an IVF file, and of each frame in it, are this long. */
const IVF = { fileHeaderBytes: 32, frameHeaderBytes: 12 } as const;
/** Linux counts the times of processes in these. */
const CLOCK_TICK_MS = 10;

const encoder = createClipEncoder({
  ffmpeg: createFfmpeg({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' }),
});
const { signal } = new AbortController();

interface Cost {
  wallMs: number;
  /** All cores together. */
  cpuMs: number;
}

/** Returns the CPU time of all ended children of this process, see proc(5). */
async function childrenCpuMs(): Promise<number> {
  const fields = (await readFile('/proc/self/stat', 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[13]) + Number(fields[14])) * CLOCK_TICK_MS;
}

async function costOf(plan: ClipPlan, scratch: string): Promise<Cost> {
  const directory = await mkdtemp(join(scratch, 'clip-'));
  const [cpuBefore, startedAt] = [await childrenCpuMs(), performance.now()];
  await encoder.write(plan, { directory, maxBytes: GiB, signal, onProgress: () => undefined });
  const cost = { wallMs: performance.now() - startedAt, cpuMs: (await childrenCpuMs()) - cpuBefore };
  await rm(directory, { recursive: true });
  return cost;
}

function medianCost(costs: readonly Cost[]): Cost {
  return {
    wallMs: median(costs.map(({ wallMs }) => wallMs)),
    cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
  };
}

const PLACE = { roomName: randomUUID(), userId: randomUUID() };
const pathOf = (id: string) => segmentPathOf({ ...PLACE, id });

async function planOf(bufferDir: string, sessions: readonly string[]): Promise<ClipPlan> {
  const buffers = createSessionBuffers({ bufferDir });
  const pieces = await Promise.all(sessions.map((id) => buffers.read({ id, segmentPath: pathOf(id) })));
  const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const plan = planClip(joinSessions(pieces), range, (error) => {
    throw error;
  });
  if (plan === null) throw new Error('nothing is buffered');
  return plan;
}

/** Buffers a share in VP8 as the embedded recorder does. */
async function bufferVp8(bufferDir: string): Promise<string> {
  const id = randomUUID();
  const ivf = join(bufferDir, 'share.ivf');
  await run('ffmpeg', ['-f', 'lavfi', '-i', MOVING_PICTURE, '-t', String(SECONDS), ...VP8, ivf]);
  const bytes = await readFile(ivf);
  const startMs = Date.now() - SECONDS * SECOND;
  const writer = new SegmentWriter({
    ...{ destination: join(bufferDir, pathOf(id)), segmentMs: 4 * SECOND, hasAudio: false },
    requestKeyframe: () => undefined,
    onStarted: () => undefined,
    onSegment: () => undefined,
  });
  const payloads = new Vp8Payload();
  let nowMs = startMs;
  for (let at: number = IVF.fileHeaderBytes, frame = 0; at < bytes.length; frame++) {
    const data = at + IVF.frameHeaderBytes;
    const end = data + bytes.readUInt32LE(at);
    // The descriptor of RTP says that a picture begins here.
    const picture = payloads.assemble([Buffer.concat([Buffer.of(0x10), bytes.subarray(data, end)])]);
    if (typeof picture === 'string') throw new Error(`ffmpeg wrote a picture that is ${picture}`);
    nowMs = startMs + (frame * SECOND) / FRAMES_PER_SECOND;
    writer.addPicture(picture, nowMs, nowMs);
    writer.tick(nowMs, nowMs);
    at = end;
  }
  writer.end(nowMs, nowMs);
  return id;
}

/** Lays out two recordings of egress, with a gap between them. */
async function bufferEgress(bufferDir: string): Promise<string[]> {
  const [a, b, c, d] = RECORDED_MEDIA;
  const ids = [randomUUID(), randomUUID()] as const;
  let fromMs = Date.now() - 30 * SECOND;
  for (const [index, media] of [
    [a, b],
    [c, d],
  ].entries()) {
    const folder = join(bufferDir, pathOf(ids[index] ?? ''));
    await mkdir(folder, { recursive: true });
    const entries: PlaylistEntry[] = [];
    for (const [number, { path, durationMs }] of media.entries()) {
      const file = `segment_${number}.ts`;
      await copyFile(path, join(folder, file));
      entries.push({ file, fromMs, toMs: fromMs + durationMs, isDiscontinuity: false });
      fromMs += durationMs;
    }
    fromMs += 3 * SECOND;
    const header = { mediaSequence: 0, discontinuitySequence: 0 };
    await writeFile(join(folder, 'full.m3u8'), formatPlaylist(header, entries, true));
  }
  return [...ids];
}

const scratch = await mkdtemp(join(tmpdir(), 'hindsight-bench-'));
try {
  console.log(`${cpus().length} cores of ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}`);

  const vp8 = await planOf(scratch, [await bufferVp8(scratch)]);
  const joined = await planOf(scratch, await bufferEgress(scratch));
  if (!joined.canCopy) throw new Error('two recordings of one configuration can be joined');
  const costs = { convert: [] as Cost[], join: [] as Cost[], encode: [] as Cost[] };
  for (let round = 0; round < ROUNDS; round++) {
    costs.convert.push(await costOf(vp8, scratch));
    costs.join.push(await costOf(joined, scratch));
    costs.encode.push(await costOf({ ...joined, canCopy: false }, scratch));
  }

  const convert = medianCost(costs.convert);
  const { size } = await stat(join(scratch, 'share.ivf'));
  const clipMs = vp8.selection.durationMs;
  console.log(
    `VP8, 1280x720, ${FRAMES_PER_SECOND} a second, ${((size * 8) / clipMs / 1000).toFixed(1)} Mbit/s, ${clipMs / SECOND} s:`,
  );
  console.log(`  took ${(clipMs / convert.wallMs).toFixed(1)}x real time in this run`);
  console.log(
    `  ${(convert.cpuMs / clipMs).toFixed(3)} core seconds for a second: ${((CORES * clipMs) / convert.cpuMs).toFixed(1)}x real time if ${CORES} cores do nothing else`,
  );
  const [join_, encode] = [medianCost(costs.join), medianCost(costs.encode)];
  console.log(`two recordings of egress, ${(joined.selection.durationMs / SECOND).toFixed(1)} s in all:`);
  console.log(
    `  joining takes ${(join_.wallMs / encode.wallMs).toFixed(3)} of the time of encoding, and ${(join_.cpuMs / encode.cpuMs).toFixed(3)} of its CPU time`,
  );
} finally {
  await rm(scratch, { recursive: true, force: true });
}
