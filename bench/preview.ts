// This benchmark measures what the timeline of the capture dialog costs: the stills and the loudness of a whole buffer, in
// seconds of CPU, compared with what recording that buffer has cost.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { writeSyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import { createFfmpeg } from '@hindsight/server/ffmpeg/ffmpeg';
import { createLog } from '@hindsight/server/log';
import { createSketches } from '@hindsight/server/preview/sketches';
import { GiB, MINUTE, SECOND } from '@hindsight/shared/units';

const DURATION_MS = 10 * MINUTE;
/** The media is encoded once and repeated, because the content of the pictures does not matter here. */
const LOOP_MS = 20 * SECOND;
/** One recording alone takes this many cores, as `recording.ts` prints it. */
const RECORDING_CORES = 0.029;
/** A timeline 1000 px wide shows this many stills at first. */
const STILLS_SHOWN = 10;

/** Returns the CPU time that this process and its ended children have used, in seconds; see proc(5). */
async function cpuSeconds(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // The fields are utime, stime, cutime and cstime, in the kernel's ticks of 10 ms.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

async function measure(name: string, work: () => Promise<unknown>): Promise<void> {
  const [before, startedAt] = [await cpuSeconds(), performance.now()];
  await work();
  const ms = performance.now() - startedAt;
  const cpu = (await cpuSeconds()) - before;
  const ratio = cpu / ((DURATION_MS / SECOND) * RECORDING_CORES);
  const columns = [`${cpu.toFixed(2)} s`, `${(ratio * 100).toFixed(0)} %`, `${(ms / 1000).toFixed(1)} s`];
  console.log(name.padEnd(44), ...columns.map((column) => column.padStart(12)));
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'hindsight-bench-'));
  const ffmpeg = createFfmpeg({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
  const log = createLog({ level: 'error' });
  try {
    const cpu = cpus();
    const machine = `${cpu.length} x ${cpu[0]?.model.trim()}, ${(totalmem() / GiB).toFixed(0)} GiB`;
    console.log(`${machine}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`);
    console.log(''.padEnd(44), ...['CPU', 'of recording', 'time'].map((title) => title.padStart(12)));
    for (const [title, size] of [
      ['720p, 2 Mbit/s', { width: 1280, height: 720, bitrateBps: 2_000_000 }],
      ['1080p, 6 Mbit/s', { width: 1920, height: 1080, bitrateBps: 6_000_000 }],
    ] as const) {
      const { pieces } = await writeSyntheticSession({
        ...size,
        bufferDir: directory,
        room: 'room',
        user: title.slice(0, 4),
        startMs: Date.now() - DURATION_MS,
        durationMs: DURATION_MS,
        loopMs: LOOP_MS,
        framesPerSecond: 15,
      });
      // The recorder marks no discontinuity at its very start.
      const timeline = pieces.map((piece) => ({ ...piece, isDiscontinuity: false }));
      const shown = timeline.filter((_, index) => index % Math.ceil(timeline.length / STILLS_SHOWN) === 0);
      const first = createSketches({ ffmpeg, log });
      await measure(`${title}: the stills shown at first`, () =>
        Promise.all(shown.map((piece) => first.of(timeline, piece))),
      );
      const all = createSketches({ ffmpeg, log });
      await measure(`${title}: all ${timeline.length} pieces`, () =>
        Promise.all(timeline.map((piece) => all.of(timeline, piece))),
      );
      await measure(`${title}: all again, remembered`, () =>
        Promise.all(timeline.map((piece) => all.of(timeline, piece))),
      );
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

await main();
