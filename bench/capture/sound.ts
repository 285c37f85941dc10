// What it takes to give a clip sound as AAC, in turns with ffmpeg's usual way at 128 kbit/s, which was ours before: the first part of
// bench/capture.ts by itself, for a clip whose pictures are few. BENCH_SECONDS is its length (600), BENCH_ROUNDS how often the ways
// take turns (3).
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import { SECOND } from '@hindsight/shared/units';
import { median } from '../figures.ts';
import { upgradeSound } from './sound-costs.ts';
import type { Cost } from './ways-to-file.ts';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 600);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);

const directory = await mkdtemp(join(tmpdir(), 'hindsight-sound-bench-'));
const startMs = Date.now() - SECONDS * SECOND;
const { pieces } = await writeSyntheticSession({
  ...{
    bufferDir: directory,
    room: 'r',
    user: 'u',
    startMs,
    durationMs: SECONDS * SECOND,
    loopMs: 20 * SECOND,
  },
});
const costs = await upgradeSound(pieces, directory, ROUNDS);
const seconds = (known: readonly Cost[]) => median(known.map(({ ms }) => ms)) / SECOND;
const [cpu] = cpus();
console.log(
  `${cpus().length} x ${cpu?.model.trim()}, medians of ${ROUNDS} (load ${loadavg()[0]?.toFixed(1)})`,
);
console.log(
  `sound of ${SECONDS} s: ours ${seconds(costs.ours).toFixed(1)} s (encoding ${seconds(costs.encoding).toFixed(1)}), ` +
    `ffmpeg's usual way ${seconds(costs.ffmpeg).toFixed(1)} s: ${(seconds(costs.ours) / seconds(costs.ffmpeg)).toFixed(2)} times`,
);
await rm(directory, { recursive: true });
