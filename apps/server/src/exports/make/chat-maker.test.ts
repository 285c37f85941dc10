import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MINUTE } from '@hindsight/shared/units';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { planChat } from '../plan/chat-plan.ts';
import type { ClipFacts } from '../plan/clip-facts.ts';
import { makeChat } from './chat-maker.ts';

const MB = 1_000_000;
const LIMIT_BYTES = 5 * MB;
const facts: ClipFacts = {
  ...{ durationSeconds: 60, width: 1280, height: 720, sizeBytes: 20 * MB, framesPerSecond: 30 },
  ...{ soundBytes: 0.9 * MB, hasSound: true, isAac: true, isOneSize: true, separateTracks: 0, isPlain: true },
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-chat-maker-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** Makes a file for chat with an encoder that writes this many bytes where so many are asked for. */
async function made(written: (askedBytes: number) => number) {
  let secondPasses = 0;
  const ffmpeg = {
    async run({ outputs: [output] }: FfmpegCommand): Promise<void> {
      const { path = '', options = [] } = output ?? {};
      const bps = Number(options[options.indexOf('-b:v') + 1]);
      if (options.includes('null')) return;
      await writeFile(path, '');
      if (!options.includes('-pass')) return truncate(path, 0.5 * MB);
      secondPasses += 1;
      await truncate(path, Math.round(written((bps * 60) / 8) + 0.5 * MB));
    },
  };
  const path = await makeChat(ffmpeg, planChat(facts, LIMIT_BYTES), {
    source: { path: '/clip.mp4', width: 1280, height: 720, isOneSize: true, durationSeconds: 60 },
    ...{ movie: [], facts, separate: { path: '', tracks: [] }, directory, report: () => undefined },
    labels: { title: 'The save', recordedAtMs: 0 },
    run: () => ({ timeoutMs: MINUTE, signal: new AbortController().signal }),
  });
  return { sizeBytes: (await stat(path)).size, secondPasses };
}

describe('a file for chat', () => {
  it.each([
    ['hits its rate', 1, 1],
    ['writes 8 % too much', 1.08, 2],
    ['writes 30 % too much', 1.3, 2],
    ['writes 10 % too little', 0.9, 2],
  ])('fits, and uses its limit, with an encoder that %s', async (_what, factor, passes) => {
    const { sizeBytes, secondPasses } = await made((bytes) => bytes * factor);
    expect(sizeBytes).toBeLessThanOrEqual(LIMIT_BYTES);
    expect(sizeBytes).toBeGreaterThan(LIMIT_BYTES * 0.98);
    expect(secondPasses).toBe(passes);
  });

  it('is the best that came out when the encoder needs no more bits', async () => {
    const { sizeBytes, secondPasses } = await made((bytes) => Math.min(bytes, 2 * MB));
    expect(sizeBytes).toBe(2.5 * MB);
    expect(secondPasses).toBe(2);
  });

  it('is refused when the encoder can’t get below the limit', async () => {
    await expect(made(() => LIMIT_BYTES)).rejects.toMatchObject({ code: 'EXPORT_LIMIT_TOO_SMALL' });
  });
});
