// What it takes to give a clip sound as AAC, in turns with ffmpeg's usual way at 128 kbit/s, which was ours before: the first part of
// bench/capture.ts by itself, of a beep a second and of noise that swells and fades, by one process of ours and by one for each
// processor. BENCH_SECONDS is the length of a clip (600), BENCH_ROUNDS how often the ways take turns (3).
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import { SECOND } from '@hindsight/shared/units';
import { median } from '../figures.ts';
import { upgradeSound } from './sound-costs.ts';
import type { Cost } from './ways-to-file.ts';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 600);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);

const seconds = (known: readonly Cost[]) => median(known.map(({ ms }) => ms)) / SECOND;
const [cpu] = cpus();
console.log(
  `${cpus().length} x ${cpu?.model.trim()}, ${SECONDS} s, medians of ${ROUNDS} (load ${loadavg()[0]?.toFixed(1)})`,
);
console.log('| sound | our processes | ours s | of it encoding s | usual way s | |');
console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
const directory = await mkdtemp(join(tmpdir(), 'hindsight-sound-bench-'));
const startMs = Date.now() - SECONDS * SECOND;
const media = { room: 'r', user: 'u', startMs, durationMs: SECONDS * SECOND, loopMs: 20 * SECOND };
for (const sound of ['beeps', 'noise'] as const) {
  const { pieces } = await writeSyntheticSession({ ...media, bufferDir: directory, sound });
  for (const processes of [1, availableParallelism()]) {
    const { ours, encoding, ffmpeg } = await upgradeSound(pieces, directory, ROUNDS, processes);
    const figures = [ours, encoding, ffmpeg].map((costs) => seconds(costs).toFixed(1));
    const ratio = (seconds(ours) / seconds(ffmpeg)).toFixed(2);
    console.log(`| ${sound} | ${processes} | ${figures.join(' | ')} | ${ratio}x |`);
  }
}
await rm(directory, { recursive: true });
