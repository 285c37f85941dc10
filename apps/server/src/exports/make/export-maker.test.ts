import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import type { ClipFacts } from '../plan/clip-facts.ts';
import { planExport } from '../plan/export-plan.ts';
import { createExportMaker } from './export-maker.ts';

const MB = 1_000_000;
const facts: ClipFacts = {
  ...{ durationSeconds: 60, width: 1280, height: 720, sizeBytes: 20 * MB, framesPerSecond: 30 },
  ...{ soundBytes: 0.9 * MB, hasSound: true, isAac: true, isOneSize: true, separateTracks: 0, isPlain: true },
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-export-maker-'));
});
afterEach(() => rm(directory, { recursive: true }));

it.each([
  ['needs less than was reserved', 15 * MB, 15 * MB],
  ['needs more than was reserved, and is kept to it', 200 * MB, 10 * MB],
])('an upright export %s', async (_what, freeBytes, sizeBytes) => {
  const ffmpeg = {
    async run({ outputs: [output] }: FfmpegCommand): Promise<void> {
      await writeFile(output?.path ?? '', '');
      await truncate(output?.path ?? '', output?.options.includes('-maxrate') === true ? 10 * MB : freeBytes);
    },
  };
  const crop = { x: 0, y: 0, width: 404, height: 720 };
  const work = planExport({ kind: 'crop', crop }, facts, { chatLimitBytes: MB });
  const path = await createExportMaker({ ffmpeg }).make(work, {
    source: { path: '/clip.mp4', width: 1280, height: 720, isOneSize: true, durationSeconds: 60 },
    ...{
      movie: [],
      facts,
      separate: { path: '', tracks: [] },
      directory,
      report: () => undefined,
      signal: new AbortController().signal,
    },
    labels: { title: 'The save', recordedAtMs: 0 },
  });
  expect((await stat(path)).size).toBe(sizeBytes);
  expect(sizeBytes).toBeLessThan(work.plan.maxBytes);
});
